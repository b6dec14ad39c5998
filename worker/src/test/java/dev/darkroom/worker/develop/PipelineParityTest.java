package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole generations from the text to the picture, as diffusers makes them with the same weights. The tolerances are
 * those of the golden vectors: ten times what diffusers differs from itself with other kernels.
 *
 * <p>A case of several texts is a job for each, and all of them share their calls. The seeds are such that picture k of
 * a job has {@code seed + k}; several pictures from one generator, and timesteps or sigmas given in the call, are
 * things that no job can ask for. In Stable Diffusion XL the reference tells an empty negative prompt from none, and sizes
 * and a second prompt can be given; a job has neither.
 */
class PipelineParityTest {
    private static final double LATENTS = 5e-4;
    private static final double DIFFERING_VALUES = 0.001;

    @TempDir
    private static Path folder;

    private static final Map<String, LoadedModel> MODELS = new HashMap<>();
    private static final Map<String, Golden> GOLDEN = new HashMap<>();

    @BeforeAll
    static void open() throws Exception {
        for (String id : List.of("tiny-sd15", "tiny-sd21", "tiny-sdxl")) {
            load(id, "float32", DataType.F32);
            GOLDEN.put(id, Golden.unpacked(id, "pipelines", folder));
        }
        load("tiny-sd15", "float16 rounded", DataType.F16);
    }

    private static void load(String id, String weights, DataType type) throws Exception {
        MODELS.put(id + weights, PipelineCase.load(folder.resolve(id + type), id, type));
    }

    @AfterAll
    static void close() {
        MODELS.values().forEach(LoadedModel::close);
        MODELS.clear();
    }

    static Stream<Arguments> cases() throws Exception {
        return FormulaCheckpoint.json("pipelines.json").properties().stream()
                .map(property -> Arguments.of(property.getKey(), property.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void makesThePictureOfDiffusers(String name, JsonNode expected) throws Exception {
        Golden golden = GOLDEN.get(expected.get("model").asText());
        List<Generation> jobs = requests(expected)
                .map(request -> Preparation.prepare(request, step -> {}))
                .toList();
        PipelineCase.checkTimesteps(jobs.get(0), expected.get("timesteps"));
        checkInit(
                PipelineCase.latents(jobs),
                golden.tensor(name + ".init"),
                jobs.get(0).scheduler().initNoiseSigma());

        PipelineCase.step(jobs);
        double first = Golden.error(PipelineCase.latents(jobs), golden.tensor(name + ".first"));
        PipelineCase.toEnd(jobs);
        double last = Golden.error(PipelineCase.latents(jobs), golden.tensor(name + ".final"));
        double differing = PipelineCase.differing(PipelineCase.pictures(jobs), golden.bytes(name + ".image"));
        System.out.printf(
                "%s: error %.1e after the first step, %.1e at the end; %.2f %% of the values differ by 1%n",
                name, first, last, 100 * differing);
        assertThat(first).isLessThanOrEqualTo(LATENTS);
        assertThat(last).isLessThanOrEqualTo(LATENTS);
        assertThat(differing).isLessThanOrEqualTo(DIFFERING_VALUES);
    }

    @Test
    void allCasesAreThere() throws Exception {
        assertThat(cases()).hasSize(99);
    }

    /** The noise is the reference's to the bit; the sigma that it is multiplied by may be some roundings away. */
    private static void checkInit(Tensor actual, Tensor expected, float sigma) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        if (sigma == 1) {
            assertThat(actual.data()).isEqualTo(expected.data());
            return;
        }
        for (int i = 0; i < expected.data().length; i++) {
            float value = expected.data()[i];
            assertThat(actual.data()[i]).isCloseTo(value, within(Math.abs(value) * 1e-6f));
        }
    }

    /** A job for each text, in the order of the reference's rows. */
    private static Stream<DevelopRequest> requests(JsonNode expected) {
        List<String> prompts = texts(expected.get("prompt"), 1);
        List<String> negatives = texts(expected.get("negative_prompt"), prompts.size());
        int images = expected.path("num_images_per_prompt").asInt(1);
        JsonNode seed = expected.get("seed");
        long[] seeds = seed.isArray()
                ? StreamSupport.stream(seed.spliterator(), false)
                        .mapToLong(JsonNode::asLong)
                        .toArray()
                : new long[] {seed.asLong()};
        assertThat(seeds).hasSize(prompts.size() * images);
        List<DevelopRequest> requests = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            long[] own = Arrays.copyOfRange(seeds, i * images, (i + 1) * images);
            for (int k = 0; k < images; k++) {
                assertThat(own[k]).isEqualTo(own[0] + k);
            }
            requests.add(request(expected, prompts.get(i), negatives.get(i), own[0], images));
        }
        return requests.stream();
    }

    private static List<String> texts(JsonNode texts, int count) {
        if (texts.isArray()) {
            return StreamSupport.stream(texts.spliterator(), false)
                    .map(JsonNode::asText)
                    .toList();
        }
        String text = texts.isNull() ? "" : texts.asText();
        return Stream.generate(() -> text).limit(count).toList();
    }

    private static DevelopRequest request(JsonNode expected, String prompt, String negative, long seed, int images) {
        LoadedModel model = MODELS.get(
                expected.get("model").asText() + expected.get("weights").asText());
        Map<String, Object> config = PipelineCase.config(model, expected);
        return new DevelopRequest(
                model,
                prompt,
                negative,
                PromptSyntax.PLAIN,
                expected.get("width").asInt(),
                expected.get("height").asInt(),
                expected.get("num_inference_steps").asInt(),
                expected.get("guidance_scale").asDouble(),
                PipelineCase.scheduler(expected, config),
                config,
                seed,
                Noise.TORCH_CPU,
                images,
                expected.path("clip_skip").asInt(0),
                expected.path("guidance_rescale").asDouble(0),
                expected.path("eta").asDouble(0));
    }
}
