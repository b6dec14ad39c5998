package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.Finishing;
import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.develop.Preparation;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code generate --from} does, for every scheduler with both kinds of noise, other options being drawn at random. */
class MadeAgainTest {
    private static final Path SHAPES = Path.of("../deploy/models/shapes");
    private static final List<String> PROMPTS = List.of(
            "a (red:1.3) circle, [on] \"blue\": ((big))\nBREAK a \\(ring\\)",
            "Negative prompt: a star\nSteps: 20, Sampler: none",
            "ein gr\u00fcnes Quadrat, \u661f \ud83d\udc31");

    private static LoadedModel model;
    private static DenoisingLoop loop;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() throws Exception {
        model = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 1, Memory.FAST_START))
                .load(ModelFiles.of("shapes, ours: \"1\"", SHAPES));
        loop = new DenoisingLoop("test", 8);
    }

    @AfterAll
    static void close() {
        loop.close();
        model.close();
    }

    static Stream<Arguments> schedulersAndNoises() {
        List<Arguments> all = new ArrayList<>();
        for (String scheduler : Schedulers.names()) {
            for (Noise noise : Noise.values()) {
                all.add(Arguments.of(scheduler, noise));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("schedulersAndNoises")
    void theFileIsEnoughForTheSameBytes(String scheduler, Noise noise) throws Exception {
        GenerationJob job = job(scheduler, noise);
        List<byte[]> first = pictures(job);
        Path file = folder.resolve("last.png");
        Files.write(file, first.get(first.size() - 1));

        RecordedPicture recorded = (RecordedPicture) MadePicture.read(file);

        assertThat(recorded.modelSha256()).isEqualTo(model.sha256());
        assertThat(recorded.job().noise()).isEqualTo(noise);
        assertThat(pictures(recorded.job())).containsExactlyElementsOf(first);
    }

    private static GenerationJob job(String scheduler, Noise noise) {
        Random random = new Random(scheduler.hashCode() * 31L + noise.label().hashCode());
        return GenerationJob.builder("generate", PROMPTS.get(random.nextInt(PROMPTS.size())))
                .model(model.description().id())
                .negativePrompt(random.nextBoolean() ? "(green:0.8), \"blurry\"" : "")
                .promptSyntax(random.nextBoolean() ? PromptSyntax.WEIGHTED : PromptSyntax.PLAIN)
                .width(64)
                .height(random.nextBoolean() ? 64 : 72)
                .numInferenceSteps((scheduler.equals("pndm") ? 4 : 2) + random.nextInt(2)) // PNDM needs 4
                .guidanceScale(random.nextInt(3) == 0 ? 1 : 1 + 7 * random.nextDouble())
                .guidanceRescale(random.nextBoolean() ? random.nextDouble() : 0)
                .eta(random.nextBoolean() ? random.nextDouble() : 0)
                .clipSkip(random.nextInt(2))
                .numImages(1 + random.nextInt(2))
                .seed(random.nextLong() & Long.MAX_VALUE >>> random.nextInt(60))
                .noise(noise)
                .scheduler(scheduler)
                .build();
    }

    private static List<byte[]> pictures(GenerationJob wanted) throws Exception {
        ResolvedJob job = JobResolver.resolve(
                wanted, Optional.empty(), model, model.description().schedulerConfig());
        Generation generation = Preparation.prepare(job.request(), step -> {});
        loop.submit(generation);
        generation.done().get(60, TimeUnit.SECONDS);
        List<byte[]> pictures = new ArrayList<>();
        for (int k = 0; k < job.job().numImages(); k++) {
            pictures.add(
                    EncodedImage.of(job, Finishing.develop(generation, k), k).bytes());
        }
        return pictures;
    }
}
