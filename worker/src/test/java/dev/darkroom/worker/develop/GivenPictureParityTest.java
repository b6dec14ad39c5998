package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.image.Mask;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
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
    private static final ObjectMapper JSON = new ObjectMapper();
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
            Path checkpoint = folder.resolve(id);
            FormulaCheckpoint.of(id).write(checkpoint, DataType.F32);
            OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START));
            MODELS.put(id, loader.load(ModelFiles.of(id, checkpoint)));
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
        checkTimesteps(job, expected.get("step_timesteps"));
        double init = Golden.error(latents(job), golden.tensor(name + ".init"));
        step(job);
        double first = Golden.error(latents(job), golden.tensor(name + ".first"));
        while (!job.unfinished().isEmpty()) {
            step(job);
        }
        double last = Golden.error(latents(job), golden.tensor(name + ".final"));
        double differing = checkPictures(job, golden.bytes(name + ".image"));
        assertThat(init).isLessThanOrEqualTo(LATENTS);
        assertThat(first).isLessThanOrEqualTo(LATENTS);
        assertThat(last).isLessThanOrEqualTo(LATENTS);
        assertThat(differing).isLessThanOrEqualTo(DIFFERING_VALUES);
    }

    @Test
    void allCasesAreThere() throws Exception {
        assertThat(cases()).hasSize(36);
    }

    private static void step(Generation job) {
        Batch batch = new Batch(8);
        job.unfinished().forEach(image -> batch.add(job, image));
        batch.step(batch.predict());
    }

    private static void checkTimesteps(Generation job, JsonNode expected) {
        assertThat(job.steps()).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(job.scheduler().timestep(i)).isCloseTo(expected.get(i).floatValue(), within(1e-3f));
        }
    }

    /** The share of values that differ; none does by more than 1. */
    private static double checkPictures(Generation job, byte[] expected) {
        int at = 0;
        int differing = 0;
        for (int k = 0; k < job.request().numImages(); k++) {
            for (byte value : Finishing.develop(job, k).picture().rgb()) {
                int difference = Math.abs((value & 0xff) - (expected[at++] & 0xff));
                assertThat(difference).isLessThanOrEqualTo(1);
                differing += difference;
            }
        }
        assertThat(at).isEqualTo(expected.length);
        return (double) differing / expected.length;
    }

    private static Tensor latents(Generation job) {
        DevelopRequest request = job.request();
        return Tensor.stack(job.images().stream()
                .map(image -> new Tensor(image.latents(), 1, 4, request.latentHeight(), request.latentWidth()))
                .toList());
    }

    private static DevelopRequest request(String name, JsonNode expected, Golden golden) throws Exception {
        LoadedModel model = MODELS.get(expected.get("model").asText());
        Map<String, Object> config = new HashMap<>(model.description().schedulerConfig());
        JsonNode overrides = expected.get("scheduler_overrides");
        config.putAll(JSON.convertValue(overrides, new TypeReference<Map<String, Object>>() {}));
        Map<String, Object> own = new HashMap<>(config);
        own.put("_class_name", expected.get("scheduler").asText());
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
                        Schedulers.nameOf(own),
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
