package dev.darkroom.worker.develop;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Tensor;
import java.util.concurrent.TimeUnit;

/**
 * One whole generation of the golden vectors, of one text and one picture with the model's own scheduler, as a job runs it.
 *
 * @param latents the largest difference of the final latents, in units of their root mean square
 * @param picture the mean difference of the picture's values, 0 to 255
 */
record PipelineCase(double latents, double picture) {
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
