package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.DevelopRequest;
import dev.darkroom.worker.develop.DevelopedImage;
import dev.darkroom.worker.develop.Finishing;
import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.develop.Preparation;
import dev.darkroom.worker.image.PngEncoder;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole generations against what diffusers made of the same jobs: the demo model's twelve reference cases, three
 * schedulers among them. Origin: {@code shapes/expected.json}, "made_with".
 */
class ShapesPipelineTest {
    /** Largest difference of the final latents, as a part of the reference's root mean square. */
    private static final double TOLERANCE = 1e-3;

    private static final Path MODEL = Path.of("../deploy/models/shapes");
    private static final Path EXPECTED = Path.of("src/test/resources/shapes");

    private static LoadedModel model;
    private static DenoisingLoop loop;
    private static SafetensorsFile expected;

    @BeforeAll
    static void open() throws Exception {
        model = WorkerModels.runtimeLoader(WorkerModels.ANY_DEVICE).load(ModelFiles.of("shapes", MODEL));
        loop = new DenoisingLoop("test", WorkerModels.MAX_ROWS);
        expected = SafetensorsFile.open(EXPECTED.resolve("expected.safetensors"));
    }

    @AfterAll
    static void close() {
        loop.close();
        model.close();
    }

    static Stream<JsonNode> cases() throws Exception {
        JsonNode json = JsonMapper.builder()
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // a scheduler's lambda_min_clipped is -Infinity
                .build()
                .readTree(EXPECTED.resolve("expected.json").toFile());
        return StreamSupport.stream(json.get("cases").spliterator(), false);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void makesThePictureOfDiffusers(JsonNode reference) throws Exception {
        Generation generation = Preparation.prepare(request(reference), step -> {});
        loop.submit(generation);
        generation.done().get(60, TimeUnit.SECONDS);
        DevelopedImage image = Finishing.develop(generation, 0);

        String number = reference.get("case").asText();
        assertThat(difference(image.latents().data(), expected.floats(number + ".latents")))
                .as("largest difference of the final latents / root mean square")
                .isLessThanOrEqualTo(TOLERANCE);
        if (!reference.get("ground").isNull()) {
            new ShapesPicture(ImageIO.read(new ByteArrayInputStream(PngEncoder.encode(image.picture(), Map.of()))))
                    .shows(
                            reference.get("ground").asText(),
                            reference.get("object").asText(),
                            Optional.of(reference.get("place"))
                                    .filter(p -> !p.isNull())
                                    .map(JsonNode::asText));
        }
    }

    private static DevelopRequest request(JsonNode reference) {
        return new DevelopRequest(
                model,
                reference.get("prompt").asText(),
                "",
                PromptSyntax.PLAIN,
                128,
                128,
                reference.get("num_inference_steps").asInt(),
                reference.get("guidance_scale").asDouble(),
                reference.get("scheduler").asText(),
                model.description().schedulerConfig(),
                reference.get("seed").asLong(),
                Noise.TORCH_CPU,
                1,
                0,
                0,
                0);
    }

    private static double difference(float[] actual, float[] reference) {
        assertThat(actual).hasSameSizeAs(reference);
        double largest = 0;
        double squares = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(actual[i] - reference[i]));
            squares += reference[i] * reference[i];
        }
        return largest / Math.sqrt(squares / reference.length);
    }
}
