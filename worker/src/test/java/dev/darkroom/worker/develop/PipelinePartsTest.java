package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Generations of diffusers that no job can ask for, from Darkroom's networks, schedulers and noise: several pictures of one
 * generator, timesteps or sigmas given in the call, sizes, second and empty prompts of Stable Diffusion XL, an early end; from
 * noise, or from a picture and noise.
 */
class PipelinePartsTest {
    private static final double LATENTS = 5e-4;
    /** Of first latents that are noise and nothing else. */
    private static final double NOISE = 1e-6;

    private static final double DIFFERING_VALUES = 0.001;
    private static final int CHANNELS = 4;
    /** Of the first text encoder's states in tiny-sdxl. */
    private static final int FIRST_WIDTH = 64;

    @TempDir
    private static Path folder;

    private static final Map<String, LoadedModel> MODELS = new HashMap<>();
    private static final Map<String, Golden> GOLDEN = new HashMap<>();

    @BeforeAll
    static void open() throws Exception {
        for (String id : List.of("tiny-sd15", "tiny-sdxl")) {
            MODELS.put(id, PipelineCase.load(folder.resolve(id), id, DataType.F32));
            GOLDEN.put(id, Golden.unpacked(id, "parts", folder));
        }
    }

    @AfterAll
    static void close() {
        MODELS.values().forEach(LoadedModel::close);
        MODELS.clear();
    }

    static Stream<Arguments> cases() throws Exception {
        return FormulaCheckpoint.json("parts.json").properties().stream()
                .map(property -> Arguments.of(property.getKey(), property.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void thePartsMakeThePictureOfDiffusers(String name, JsonNode expected) throws Exception {
        String id = expected.get("model").asText();
        Golden golden = GOLDEN.get(id);
        Run run = new Run(MODELS.get(id), expected);
        if (expected.has("strength")) {
            run.beginWith(golden.bytes(name + ".source"));
        } else {
            run.beginWithNoise();
        }
        assertThat(Golden.error(run.latents, golden.tensor(name + ".init")))
                .isLessThanOrEqualTo(expected.has("strength") ? LATENTS : NOISE);

        run.toEnd();

        assertThat(Golden.error(run.latents, golden.tensor(name + ".final"))).isLessThanOrEqualTo(LATENTS);
        byte[] picture = golden.bytes(name + ".image");
        assertThat(PipelineCase.differing(run.pictures(picture.length), picture))
                .isLessThanOrEqualTo(DIFFERING_VALUES);
    }

    private static final class Run {
        private final LoadedModel model;
        private final JsonNode expected;
        private final Scheduler scheduler;
        private final OneGenerator noise;
        private final List<SolverHistory> histories;
        private final TextEncoding text;
        private final int[] shape;
        private Tensor latents;

        Run(LoadedModel model, JsonNode expected) {
            this.model = model;
            this.expected = expected;
            this.scheduler = scheduler(model, expected);
            int pictures = expected.path("num_images_per_prompt").asInt(1);
            this.noise = new OneGenerator(expected.get("seed").asLong(), pictures);
            this.histories = Stream.generate(SolverHistory::new).limit(pictures).toList();
            this.text = text(model, expected);
            int height = expected.get("height").asInt() / 8;
            int width = expected.get("width").asInt() / 8;
            this.shape = new int[] {pictures, CHANNELS, height, width};
            this.latents = new Tensor(new float[pictures * CHANNELS * height * width], shape);
        }

        void beginWithNoise() {
            float[] first = noise.generator.randn(latents.data().length);
            for (int i = 0; i < first.length; i++) {
                first[i] *= scheduler.initNoiseSigma();
            }
            latents = new Tensor(first, shape);
        }

        /** One draw for the latents of the given picture, which all begin with, and one for the noise of all. */
        void beginWith(byte[] source) throws Exception {
            int width = expected.get("width").asInt();
            int height = expected.get("height").asInt();
            float[] pixels = new Picture(width, height, source).forVae();
            float[] original = model.vaeEncoder()
                    .encode(new Tensor(pixels, 1, 3, height, width))
                    .sample(noise.generator.randn(latents.rowSize()));
            float[] first = latents.data();
            for (int k = 0; k < histories.size(); k++) {
                float[] drawn = new float[original.length];
                noise.draw(k, drawn);
                System.arraycopy(
                        scheduler.addNoise(0, original, drawn), 0, first, k * original.length, original.length);
            }
        }

        private static Scheduler scheduler(LoadedModel model, JsonNode expected) {
            JsonNode steps = expected.get("num_inference_steps");
            if (steps.isNull()) {
                return new GivenSigmas(
                        floats(expected.get("step_timesteps")),
                        IntStream.range(0, expected.get("sigmas").size())
                                .mapToDouble(i -> expected.get("sigmas").get(i).asDouble())
                                .toArray());
            }
            Map<String, Object> config = new HashMap<>(model.description().schedulerConfig());
            config.put("_class_name", expected.get("scheduler").asText());
            Scheduler whole = Schedulers.create(Schedulers.nameOf(config), config, steps.asInt());
            int made = (int) (steps.asInt() * expected.path("strength").asDouble(1));
            return whole.from((steps.asInt() - made) * whole.order());
        }

        private static float[] floats(JsonNode array) {
            float[] values = new float[array.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = array.get(i).floatValue();
            }
            return values;
        }

        /** The negative prompt, or what stands for none, and the prompt. */
        private static TextEncoding text(LoadedModel model, JsonNode expected) {
            JsonNode negative = expected.get("negative_prompt");
            boolean xl = expected.get("model").asText().equals("tiny-sdxl");
            TextEncoding text = model.encode(
                    List.of(negative.asText(""), expected.get("prompt").asText()), 0);
            if (expected.has("prompt_2")) {
                List<String> second = List.of(
                        expected.get("negative_prompt_2").asText(),
                        expected.get("prompt_2").asText());
                text = joined(text, model.encode(second, 0), FIRST_WIDTH);
            }
            if (xl && negative.isNull()) {
                Arrays.fill(text.context().data(), 0, text.context().rowSize(), 0f);
                text.pooled().ifPresent(pooled -> Arrays.fill(pooled.data(), 0, pooled.rowSize(), 0f));
            }
            return text;
        }

        /** The first encoder's states of some texts and the second one's of others. */
        private static TextEncoding joined(TextEncoding first, TextEncoding second, int firstWidth) {
            float[] joined = second.context().data().clone();
            int width = second.context().shape()[2];
            for (int token = 0; token < joined.length / width; token++) {
                System.arraycopy(first.context().data(), token * width, joined, token * width, firstWidth);
            }
            return new TextEncoding(new Tensor(joined, second.context().shape()), second.pooled());
        }

        void toEnd() {
            for (int index = 0; index < expected.get("step_timesteps").size(); index++) {
                float timestep = expected.get("step_timesteps").get(index).floatValue();
                assertThat(scheduler.timestep(index)).isCloseTo(timestep, within(1e-3f));
                float[] next = new float[latents.data().length];
                for (int k = 0; k < histories.size(); k++) {
                    float[] sample = latents.row(k);
                    float[] predicted = guided(scheduler.scaleModelInput(index, sample), timestep);
                    float[] stepped = scheduler.step(index, predicted, sample, histories.get(k), noise.of(k));
                    System.arraycopy(stepped, 0, next, k * stepped.length, stepped.length);
                }
                latents = new Tensor(next, shape);
            }
        }

        private float[] guided(float[] sample, float timestep) {
            int[] rowsShape = shape.clone();
            rowsShape[0] = 2;
            float[] twice = Arrays.copyOf(sample, 2 * sample.length);
            System.arraycopy(sample, 0, twice, sample.length, sample.length);
            UnetRows rows =
                    new UnetRows(new Tensor(twice, rowsShape), new float[] {timestep, timestep}, text.context());
            UnetRows told = text.pooled()
                    .map(pooled -> rows.with(new AddedConditions(pooled, new Tensor(timeIds(), 2, 6))))
                    .orElse(rows);
            Tensor predicted = model.unet().predict(told);
            return Guidance.guide(
                    predicted.row(0),
                    predicted.row(1),
                    expected.get("guidance_scale").asDouble());
        }

        private float[] timeIds() {
            float[] ids = new float[12];
            for (int row = 0; row < 2; row++) {
                boolean own = row == 0 && expected.has("negative_original_size");
                String prefix = own ? "negative_" : "";
                int at = 6 * row;
                put(ids, at, prefix + "original_size", "height", "width");
                put(ids, at + 2, prefix + "crops_coords_top_left", "", "");
                put(ids, at + 4, prefix + "target_size", "height", "width");
            }
            return ids;
        }

        /** Two numbers of the call, or others of it where it does not give them; 0 where there are none. */
        private void put(float[] ids, int at, String key, String first, String second) {
            JsonNode given = expected.get(key);
            ids[at] = given != null
                    ? given.get(0).intValue()
                    : expected.path(first).asInt(0);
            ids[at + 1] = given != null
                    ? given.get(1).intValue()
                    : expected.path(second).asInt(0);
        }

        byte[] pictures(int length) throws Exception {
            byte[] all = new byte[length];
            int at = 0;
            for (int k = 0; k < histories.size(); k++) {
                float[] pixels = model.vaeDecoder().decode(latents.rows(k, 1)).data();
                byte[] rgb = Picture.fromVae(
                                pixels,
                                expected.get("width").asInt(),
                                expected.get("height").asInt())
                        .rgb();
                System.arraycopy(rgb, 0, all, at, rgb.length);
                at += rgb.length;
            }
            assertThat(at).isEqualTo(length);
            return all;
        }
    }
}
