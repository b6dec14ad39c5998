package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.model.CachingTextEncoder;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs whose texts came before. */
class KnownPromptTest {
    private static final long ENOUGH = 1 << 20;

    @TempDir
    private Path folder;

    /** A model as it is loaded: its text encoder keeps what it made. */
    private static final class KeepingModel extends ForwardingModel {
        private final TextEncoder textEncoder;

        KeepingModel(LoadedModel model, AtomicInteger texts) {
            super(model);
            this.textEncoder = new CachingTextEncoder(new Counted(model.textEncoder(), texts), ENOUGH);
        }

        @Override
        public TextEncoder textEncoder() {
            return textEncoder;
        }

        @Override
        public TextEncoding encode(Function<ClipTokenizer, TokenRows> prompts, int clipSkip) {
            return LoadedModel.encode(textEncoder, prompts.apply(tokenizer()), clipSkip);
        }

        @Override
        public void close() {
            textEncoder.close();
            super.close();
        }
    }

    private record Counted(TextEncoder encoder, AtomicInteger texts) implements TextEncoder {
        @Override
        public TextEncoding encode(int[][] tokens, int clipSkip) {
            texts.addAndGet(tokens.length);
            return encoder.encode(tokens, clipSkip);
        }

        @Override
        public void close() {
            encoder.close();
        }
    }

    @Test
    void aJobThatSaysWhatAnEarlierOneSaidDoesNotRunTheTextEncoder() {
        AtomicInteger texts = new AtomicInteger();
        try (LoadedModel model = new KeepingModel(new RowwiseModel(), texts)) {
            PromptEncoding.of(request(model, PromptSyntax.PLAIN, "a red ring", "", 0));
            assertThat(texts).hasValue(2);
            PromptEncoding.of(request(model, PromptSyntax.PLAIN, "a red ring", "", 0));
            assertThat(texts).as("both are known").hasValue(2);
            PromptEncoding.of(request(model, PromptSyntax.PLAIN, "a blue ring", "", 0));
            assertThat(texts).as("the empty negative prompt is known").hasValue(3);
            PromptEncoding.of(request(model, PromptSyntax.WEIGHTED, "a (blue:1.3) ring", "a [red] ring", 0));
            assertThat(texts).as("weights are not the encoder's").hasValue(3);
            PromptEncoding.of(request(model, PromptSyntax.PLAIN, "a blue ring", "", 1));
            assertThat(texts).as("with other layers it is another text").hasValue(4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd15", "tiny-sdxl"})
    void aJobGetsTheSameBitsWhateverCameBefore(String id) throws Exception {
        Path checkpoint = folder.resolve(id);
        FormulaCheckpoint.of(id).write(checkpoint, DataType.F32);
        OnnxModelLoader loader =
                new OnnxModelLoader(new RuntimeOptions(RuntimeOptions.Device.CPU, 2, RuntimeOptions.Memory.FAST_START));
        try (LoadedModel used = loader.load(ModelFiles.of(id, checkpoint))) {
            assertThat(used.textEncoder()).isInstanceOf(CachingTextEncoder.class);
            jobs(used).forEach(PromptEncoding::of);
            for (int job = 0; job < jobs(used).size(); job++) {
                Conditioning known = PromptEncoding.of(jobs(used).get(job));
                try (LoadedModel fresh = loader.load(ModelFiles.of(id, checkpoint))) {
                    assertSame(known, PromptEncoding.of(jobs(fresh).get(job)));
                }
            }
        }
    }

    private static void assertSame(Conditioning actual, Conditioning expected) {
        assertThat(actual.tokens()).isEqualTo(expected.tokens());
        assertSame(actual.prompt(), expected.prompt());
        assertSame(actual.negative().orElseThrow(), expected.negative().orElseThrow());
    }

    private static void assertSame(Conditioning.Text actual, Conditioning.Text expected) {
        assertThat(actual.context()).containsExactly(expected.context());
        assertThat(actual.pooled().isPresent()).isEqualTo(expected.pooled().isPresent());
        expected.pooled()
                .ifPresent(pooled -> assertThat(actual.pooled().orElseThrow()).containsExactly(pooled));
    }

    private static List<DevelopRequest> jobs(LoadedModel model) {
        return List.of(
                request(model, PromptSyntax.PLAIN, "a photo of a cat", "dog", 0),
                request(model, PromptSyntax.PLAIN, "dog", "a photo of a cat", 0),
                request(model, PromptSyntax.PLAIN, "dog", "a photo of a cat", 1),
                request(model, PromptSyntax.WEIGHTED, "a (photo:1.4) of a cat", "[dog]", 0),
                request(model, PromptSyntax.WEIGHTED, "a photo of a cat BREAK dog", "a photo of a cat", 1));
    }

    private static DevelopRequest request(
            LoadedModel model, PromptSyntax syntax, String prompt, String negative, int clipSkip) {
        return new DevelopRequest(
                model, prompt, negative, syntax, 64, 64, 5, 5, "ddim", Map.of(), 7, Noise.TORCH_CPU, 1, clipSkip, 0, 0);
    }
}
