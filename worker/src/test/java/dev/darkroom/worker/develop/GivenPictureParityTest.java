package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.image.Mask;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole generations that begin with a picture, as diffusers makes them with the same weights: image to image, inpainting
 * with a UNet for that and with any other, editing. The tolerances are those of the golden vectors: ten times what diffusers
 * differs from itself with other kernels.
 */
class GivenPictureParityTest {
    private static final double LATENTS = 5e-4;
    private static final double DIFFERING_VALUES = 0.005;
    private static final int WHITE = 128;

    @TempDir
    private static Path folder;

    private static final Map<String, LoadedModel> MODELS = new HashMap<>();
    private static final Map<String, Golden> GOLDEN = new HashMap<>();

    @BeforeAll
    static void open() throws Exception {
        for (String id : List.of("tiny-sd15", "tiny-sd15-inpaint", "tiny-sd15-pix2pix", "tiny-sd21", "tiny-sdxl")) {
            MODELS.put(id, PipelineCase.load(folder.resolve(id), id, DataType.F32));
            GOLDEN.put(id, Golden.unpacked(id, "pictures", folder));
        }
    }

    @AfterAll
    static void close() {
        MODELS.values().forEach(LoadedModel::close);
        MODELS.clear();
    }

    static Stream<Arguments> cases() throws Exception {
        return FormulaCheckpoint.json("pictures.json").properties().stream()
                .map(property -> Arguments.of(property.getKey(), property.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void makesThePictureOfDiffusers(String name, JsonNode expected) throws Exception {
        Golden golden = GOLDEN.get(expected.get("model").asText());
        Generation job = Preparation.prepare(request(name, expected, golden), step -> {});
        List<Generation> jobs = List.of(job);
        PipelineCase.checkTimesteps(job, expected.get("step_timesteps"));
        double init = Golden.error(PipelineCase.latents(jobs), golden.tensor(name + ".init"));
        PipelineCase.step(jobs);
        double first = Golden.error(PipelineCase.latents(jobs), golden.tensor(name + ".first"));
        PipelineCase.toEnd(jobs);
        double last = Golden.error(PipelineCase.latents(jobs), golden.tensor(name + ".final"));
        double differing = PipelineCase.differing(PipelineCase.pictures(jobs), golden.bytes(name + ".image"));
        assertThat(init).isLessThanOrEqualTo(LATENTS);
        assertThat(first).isLessThanOrEqualTo(LATENTS);
        assertThat(last).isLessThanOrEqualTo(LATENTS);
        assertThat(differing).isLessThanOrEqualTo(DIFFERING_VALUES);
    }

    @Test
    void allCasesAreThere() throws Exception {
        assertThat(cases()).hasSize(36);
    }

    private static DevelopRequest request(String name, JsonNode expected, Golden golden) throws Exception {
        LoadedModel model = MODELS.get(expected.get("model").asText());
        Map<String, Object> config = PipelineCase.config(model, expected);
        JsonNode seed = expected.get("seed");
        int images = expected.path("num_images_per_prompt").asInt(1);
        assertThat(seed.isArray() ? seed.size() : 1).isEqualTo(images);
        long first = seed.isArray() ? seed.get(0).asLong() : seed.asLong();
        for (int k = 1; k < images; k++) {
            assertThat(seed.get(k).asLong()).isEqualTo(first + k);
        }
        return new DevelopRequest(
                        model,
                        expected.get("prompt").asText(),
                        expected.get("negative_prompt").asText(""),
                        PromptSyntax.PLAIN,
                        expected.get("width").asInt(),
                        expected.get("height").asInt(),
                        expected.get("num_inference_steps").asInt(),
                        expected.get("guidance_scale").asDouble(),
                        PipelineCase.scheduler(expected, config),
                        config,
                        first,
                        Noise.TORCH_CPU,
                        images,
                        0,
                        0,
                        0)
                .with(beginning(name, expected, golden));
    }

    private static Beginning beginning(String name, JsonNode expected, Golden golden) throws Exception {
        int width = expected.get("width").asInt();
        int height = expected.get("height").asInt();
        Picture source = new Picture(width, height, golden.bytes(name + ".source"));
        return switch (expected.get("kind").asText()) {
            case "img2img" ->
                new Beginning.Anew(source, expected.get("strength").asDouble());
            case "inpaint" ->
                new Beginning.PartlyAnew(
                        source,
                        mask(golden.bytes(name + ".mask"), width, height),
                        expected.get("strength").asDouble());
            case "pix2pix" ->
                new Beginning.Edited(
                        source, expected.get("image_guidance_scale").asDouble());
            default -> throw new AssertionError(name);
        };
    }

    private static Mask mask(byte[] grey, int width, int height) {
        boolean[] anew = new boolean[grey.length];
        for (int i = 0; i < anew.length; i++) {
            anew[i] = (grey[i] & 0xff) >= WHITE;
        }
        return new Mask(width, height, anew);
    }
}
