package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
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
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One whole generation of the golden vectors, of one text and one picture with the model's own scheduler, as a job runs it; and
 * what tests of all the others have in common.
 *
 * @param latents the largest difference of the final latents, in units of their root mean square
 * @param picture the mean difference of the picture's values, 0 to 255
 */
record PipelineCase(double latents, double picture) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How far a model is from the reference. */
    static PipelineCase run(LoadedModel model, String name, Golden golden) throws Exception {
        JsonNode expected = FormulaCheckpoint.json("pipelines.json").get(name);
        DevelopRequest request = new DevelopRequest(
                model,
                expected.get("prompt").asText(),
                expected.get("negative_prompt").asText(""),
                PromptSyntax.PLAIN,
                expected.get("width").asInt(),
                expected.get("height").asInt(),
                expected.get("num_inference_steps").asInt(),
                expected.get("guidance_scale").asDouble(),
                "ddim",
                model.description().schedulerConfig(),
                expected.get("seed").asLong(),
                Noise.TORCH_CPU,
                1,
                0,
                0,
                0);
        Generation generation = Preparation.prepare(request, step -> {});
        try (DenoisingLoop loop = new DenoisingLoop("test", 8)) {
            loop.submit(generation);
            generation.done().get(5, TimeUnit.MINUTES);
        }
        DevelopedImage image = Finishing.develop(generation, 0);
        Tensor latents =
                new Tensor(generation.images().get(0).latents(), 1, 4, request.latentHeight(), request.latentWidth());
        PipelineCase result = new PipelineCase(
                Golden.error(latents, golden.tensor(name + ".final")),
                difference(image.picture().rgb(), golden.bytes(name + ".image")));
        System.out.printf(
                "%s %s: latents %.1e, picture %.2f%n",
                model.description().id(), name, result.latents(), result.picture());
        return result;
    }

    /** A model of made-up weights that follow from a formula, written and loaded. */
    static LoadedModel load(Path checkpoint, String id, DataType type) throws Exception {
        FormulaCheckpoint.of(id).write(checkpoint, type);
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START))
                .load(ModelFiles.of(id, checkpoint));
    }

    /** The model's scheduler configuration, with what a case has besides. */
    static Map<String, Object> config(LoadedModel model, JsonNode expected) {
        Map<String, Object> config = new HashMap<>(model.description().schedulerConfig());
        JsonNode overrides = expected.get("scheduler_overrides");
        config.putAll(JSON.convertValue(overrides, new TypeReference<Map<String, Object>>() {}));
        return config;
    }

    /** The name that a job gives a case's class with these settings. */
    static String scheduler(JsonNode expected, Map<String, Object> config) {
        Map<String, Object> own = new HashMap<>(config);
        own.put("_class_name", expected.get("scheduler").asText());
        return Schedulers.nameOf(own);
    }

    static void checkTimesteps(Generation job, JsonNode expected) {
        assertThat(job.steps()).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(job.scheduler().timestep(i)).isCloseTo(expected.get(i).floatValue(), within(1e-3f));
        }
    }

    /** One step of all pictures, in one call; throws what a job fails with. */
    static void step(List<Generation> jobs) {
        Batch batch = new Batch(8);
        jobs.forEach(job -> job.unfinished().forEach(image -> batch.add(job, image)));
        batch.step(batch.predict());
        jobs.forEach(Generation::throwFailure);
    }

    /** All steps that are left. */
    static void toEnd(List<Generation> jobs) {
        while (jobs.stream().anyMatch(job -> !job.unfinished().isEmpty())) {
            step(jobs);
        }
    }

    /** Of all pictures, {@code (pictures, 4, h/8, w/8)}. */
    static Tensor latents(List<Generation> jobs) {
        DevelopRequest request = jobs.get(0).request();
        return Tensor.stack(jobs.stream()
                .flatMap(job -> job.images().stream())
                .map(image -> new Tensor(image.latents(), 1, 4, request.latentHeight(), request.latentWidth()))
                .toList());
    }

    /** The values of all pictures, one behind the other. */
    static byte[] pictures(List<Generation> jobs) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Generation job : jobs) {
            for (int k = 0; k < job.request().numImages(); k++) {
                all.writeBytes(Finishing.develop(job, k).picture().rgb());
            }
        }
        return all.toByteArray();
    }

    /** The share of values that differ; none does by more than 1. */
    static double differing(byte[] actual, byte[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        int differing = 0;
        for (int i = 0; i < expected.length; i++) {
            int difference = Math.abs((actual[i] & 0xff) - (expected[i] & 0xff));
            assertThat(difference).isLessThanOrEqualTo(1);
            differing += difference;
        }
        return (double) differing / expected.length;
    }

    private static double difference(byte[] actual, byte[] expected) {
        if (actual.length != expected.length) {
            throw new AssertionError("The pictures have different sizes");
        }
        double sum = 0;
        for (int i = 0; i < actual.length; i++) {
            sum += Math.abs((actual[i] & 0xff) - (expected[i] & 0xff));
        }
        return sum / actual.length;
    }
}
