package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.checkpoint.Adaptation;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A LoRA of the projection behind Stable Diffusion XL's second text encoder does to a single file, which has it transposed,
 * what it does to a diffusers folder.
 */
class TextProjectionLoraTest {
    private static final String ID = "tiny-sdxl";
    private static final String KOHYA = "lora_te2_text_projection";
    private static final long RANK = 3;

    @TempDir
    private static Path folder;

    private static Path whole;
    private static Path single;
    private static int width;

    @BeforeAll
    static void write() throws Exception {
        whole = folder.resolve(ID);
        single = folder.resolve(ID + ".safetensors");
        FormulaCheckpoint.of(ID).write(whole, DataType.F32);
        FormulaCheckpoint.of(ID).singleFile().write(single);
        width = Checkpoint.open(whole).secondText().orElseThrow().encoder().width();
    }

    @ParameterizedTest
    @ValueSource(strings = {KOHYA, "text_encoder_2.text_projection"})
    void theMergedWeightIsTheTranspose(String module) throws Exception {
        List<LoraFile> loras = List.of(lora(module, width, width, 0.7), lora(KOHYA, width, width, -0.4));
        FloatBuffer inFolder = merged(whole, loras, "text_projection.weight");
        FloatBuffer inFile = merged(single, loras, "text_projection");
        FloatBuffer unchanged = merged(whole, List.of(lora(module, width, width, 0)), "text_projection.weight");
        double change = 0;
        for (int row = 0; row < width; row++) {
            for (int column = 0; column < width; column++) {
                float expected = inFolder.get(row * width + column);
                assertThat(inFile.get(column * width + row)).isCloseTo(expected, within(1e-6f));
                change = Math.max(change, Math.abs(expected - unchanged.get(row * width + column)));
            }
        }
        assertThat(change).as("the LoRA does something").isGreaterThan(0.01);
    }

    @Test
    void thePooledTextIsTheSame() throws Exception {
        List<LoraFile> loras = List.of(lora(KOHYA, width, width, 0.7));
        Tensor expected = pooled(whole, loras);
        assertThat(Golden.error(pooled(single, loras), expected)).isLessThan(2e-5);
        assertThat(Golden.error(pooled(single, List.of()), expected)).isGreaterThan(1e-3);
    }

    @Test
    void matricesOfAnotherSizeAreRefused() throws Exception {
        List<LoraFile> loras = List.of(lora(KOHYA, width, width + 1, 1));
        assertThatThrownBy(() -> Adaptation.of(Checkpoint.open(single), loras))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("text_encoder_2/text_projection", "shapes");
    }

    private static FloatBuffer merged(Path checkpoint, List<LoraFile> loras, String tensor) throws Exception {
        TensorSource text = Adaptation.of(Checkpoint.open(checkpoint), loras).secondTextEncoder();
        FloatBuffer merged = DirectBuffers.floats((long) width * width);
        try (Merging merging = new Merging(new StoredWeights(text.folder()), 1)) {
            merging.merge(text.require(tensor, width, width), merged);
        }
        return merged;
    }

    private static Tensor pooled(Path checkpoint, List<LoraFile> loras) throws Exception {
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 1, Memory.FAST_START));
        try (LoadedModel model = loader.load(ModelFiles.of(ID, checkpoint).with(loras))) {
            return model.encode(List.of("a photo of a cat"), 0).pooled().orElseThrow();
        }
    }

    private static LoraFile lora(String module, long out, long in, double scale) throws IOException {
        Path file = folder.resolve(module + out + "x" + in + "." + scale + ".safetensors");
        Random random = new Random(5);
        SafetensorsWriter.write(
                file,
                List.of(
                        new SafetensorsWriter.Spec(module + ".lora_up.weight", DataType.F32, List.of(out, RANK)),
                        new SafetensorsWriter.Spec(module + ".lora_down.weight", DataType.F32, List.of(RANK, in))),
                (spec, first, target) -> {
                    while (target.hasRemaining()) {
                        target.putFloat((float) random.nextGaussian() * 0.2f);
                    }
                });
        return new LoraFile(module + scale, file, Optional.empty(), scale);
    }
}
