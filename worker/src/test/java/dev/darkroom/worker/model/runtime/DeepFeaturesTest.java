package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A call without its deep part, given the deep part's features of the very same rows, is the whole call. */
class DeepFeaturesTest {
    private static final double TOLERANCE = 1e-5;
    private static final Path SHAPES = Path.of("../deploy/models/shapes");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "shapes, STEADY, FP32, 16, 16",
        "shapes, FAST_START, FP32, 9, 13",
        "shapes, STEADY, INT8, 9, 13",
        "tiny-sd15, STEADY, FP32, 9, 13",
        "tiny-sd15, FAST_START, FP32, 16, 8",
        "tiny-sd15, FAST_START, INT8, 9, 13",
        "tiny-sd21, STEADY, FP32, 8, 16",
        "tiny-sd21, FAST_START, FP32, 9, 13",
        "tiny-sdxl, STEADY, FP32, 9, 13",
        "tiny-sdxl, FAST_START, FP32, 16, 8",
        "tiny-sdxl, STEADY, INT8, 16, 8"
    })
    void theShallowPartOfAStepGivesTheStep(
            String id, Memory memory, Precision precision, int height, int width, TestReporter reporter)
            throws Exception {
        try (LoadedModel model = load(id, memory, precision)) {
            UnetRows rows = rows(model, height, width);
            DeepFeatures deep = model.unet().deepFeatures().orElseThrow();
            DeepFeatures.Prediction whole = deep.predict(rows, new Interruption());
            Tensor plain = model.unet().predict(rows);
            assertThat(whole.prediction().data())
                    .as("bits of a call without features")
                    .isEqualTo(plain.data());

            Tensor shallow = deep.predictFrom(whole.features(), rows, new Interruption());
            double error = Golden.error(shallow, plain);
            reporter.publishEntry("error without the deep part", String.format(Locale.ROOT, "%.1e", error));
            assertThat(error).isLessThanOrEqualTo(TOLERANCE);

            Tensor nothing = new Tensor(
                    new float[whole.features().data().length], whole.features().shape());
            assertThat(Golden.error(deep.predictFrom(nothing, rows, new Interruption()), plain))
                    .as("without the features")
                    .isGreaterThan(0.01);
        }
    }

    @ParameterizedTest
    @CsvSource({"STEADY, FP32, 16, 16", "STEADY, FP32, 9, 13", "FAST_START, FP32, 9, 13", "STEADY, INT8, 9, 13"})
    void aRowDoesNotDependOnItsNeighbours(Memory memory, Precision precision, int height, int width) throws Exception {
        try (LoadedModel model = load("shapes", memory, precision)) {
            UnetRows rows = rows(model, height, width);
            DeepFeatures deep = model.unet().deepFeatures().orElseThrow();
            DeepFeatures.Prediction whole = deep.predict(rows, new Interruption());
            Tensor together = deep.predictFrom(whole.features(), rows, new Interruption());
            for (int row = 0; row < rows.count(); row++) {
                UnetRows one = new UnetRows(
                        row(rows.latents(), row), new float[] {rows.timesteps()[row]}, row(rows.context(), row));
                DeepFeatures.Prediction alone = deep.predict(one, new Interruption());
                assertThat(alone.features().data()).isEqualTo(whole.features().row(row));
                assertThat(deep.predictFrom(alone.features(), one, new Interruption())
                                .data())
                        .isEqualTo(together.row(row));
            }
        }
    }

    @ParameterizedTest
    @CsvSource("tiny-sdxl")
    void featuresOfAnotherSizeAreRefused(String id) throws Exception {
        try (LoadedModel model = load(id, Memory.FAST_START, Precision.FP32)) {
            DeepFeatures deep = model.unet().deepFeatures().orElseThrow();
            Tensor other = deep.predict(rows(model, 8, 8), new Interruption()).features();
            assertThatThrownBy(() -> deep.predictFrom(other, rows(model, 8, 16), new Interruption()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("deep features");
        }
    }

    private LoadedModel load(String id, Memory memory, Precision precision) throws Exception {
        Path checkpoint = SHAPES;
        if (!id.equals("shapes")) {
            checkpoint = folder.resolve(id);
            FormulaCheckpoint.of(id).write(checkpoint, DataType.F32);
        }
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, memory))
                .load(ModelFiles.of(id, checkpoint).in(precision));
    }

    private static UnetRows rows(LoadedModel model, int height, int width) {
        SplittableRandom random = new SplittableRandom(7);
        TextEncoding text = model.encode(List.of("a red ring", "on blue"), 0);
        UnetRows rows = new UnetRows(noise(random, 2, 4, height, width), new float[] {900, 20.5f}, text.context());
        return text.pooled()
                .map(pooled -> rows.with(new AddedConditions(pooled, noise(random, 2, 6))))
                .orElse(rows);
    }

    private static Tensor row(Tensor tensor, int row) {
        int[] shape = tensor.shape().clone();
        shape[0] = 1;
        return new Tensor(tensor.row(row), shape);
    }

    private static Tensor noise(SplittableRandom random, int... shape) {
        float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return new Tensor(values, shape);
    }
}
