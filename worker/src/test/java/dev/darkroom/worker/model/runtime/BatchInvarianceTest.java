package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A row is the same, bit for bit, whatever other rows are in its call; in steady mode on any number of threads. */
class BatchInvarianceTest {
    private static final Path SHAPES = Path.of(System.getProperty("basedir", "."), "../deploy/models/shapes");
    private static final int ROWS = 4;

    @ParameterizedTest
    @CsvSource({
        "STEADY,FP32,2,16,16",
        "STEADY,FP32,2,9,13",
        "FAST_START,FP32,1,16,16",
        "FAST_START,FP32,1,9,13",
        "STEADY,INT8,2,9,13",
        "FAST_START,INT8,1,9,13"
    })
    void aRowDoesNotDependOnItsNeighbours(Memory memory, Precision precision, int otherThreads, int height, int width)
            throws Exception {
        SplittableRandom random = new SplittableRandom(7);
        Tensor latents = noise(random, ROWS, 4, height, width);
        Tensor context = noise(random, ROWS, 77, 128);
        float[] timesteps = {999, 500.5f, 20, 1};
        try (LoadedModel one = load(1, memory, precision);
                LoadedModel two = load(otherThreads, memory, precision)) {
            Tensor together = one.unet().predict(new UnetRows(latents, timesteps, context));
            for (int size = 1; size <= ROWS; size++) {
                for (int first = 0; first + size <= ROWS; first++) {
                    float[] some = Arrays.copyOfRange(timesteps, first, first + size);
                    Tensor alone = two.unet()
                            .predict(new UnetRows(rows(latents, first, size), some, rows(context, first, size)));
                    float[] expected = rows(together, first, size).data();
                    assertThat(Arrays.equals(alone.data(), expected))
                            .as("%d rows from row %d on are the same as in the batch of all", size, first)
                            .isTrue();
                }
            }
        }
    }

    /** Where parts of a call are computed at the same time, each on one thread. */
    @ParameterizedTest
    @CsvSource({"16,16", "9,13", "40,24"})
    void aRowIsTheSameOnItsCallersThread(int height, int width) throws Exception {
        SplittableRandom random = new SplittableRandom(8);
        UnetRows rows = new UnetRows(
                noise(random, ROWS, 4, height, width), new float[] {999, 500.5f, 20, 1}, noise(random, ROWS, 77, 128));
        try (LoadedModel model = load(2, Memory.STEADY, Precision.FP32);
                Unet one = model.unet().onCallersThread().orElseThrow()) {
            float[] expected = model.unet().predict(rows).data();
            assertThat(Arrays.equals(one.predict(rows).data(), expected)).isTrue();
            DeepFeatures.Prediction whole = one.deepFeatures().orElseThrow().predict(rows, new Interruption());
            assertThat(Arrays.equals(whole.prediction().data(), expected)).isTrue();
            Tensor shallow = one.deepFeatures().orElseThrow().predictFrom(whole.features(), rows, new Interruption());
            Tensor other =
                    model.unet().deepFeatures().orElseThrow().predictFrom(whole.features(), rows, new Interruption());
            assertThat(Arrays.equals(shallow.data(), other.data())).isTrue();
        }
    }

    /** With one thread there is no other; in the other modes its bits would be others. */
    @ParameterizedTest
    @CsvSource({"1,STEADY,FP32", "2,FAST_START,FP32", "2,STEADY,INT8"})
    void thereIsNoneOnItsCallersThreadWhere(int threads, Memory memory, Precision precision) throws Exception {
        try (LoadedModel model = load(threads, memory, precision)) {
            assumeTrue(model.description().precision() == precision, "this processor computes int8 in float32");
            assertThat(model.unet().onCallersThread()).isEmpty();
        }
    }

    private static LoadedModel load(int threads, Memory memory, Precision precision) throws Exception {
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, threads, memory))
                .load(ModelFiles.of("shapes", SHAPES).in(precision));
    }

    private static Tensor rows(Tensor tensor, int first, int count) {
        int[] shape = tensor.shape().clone();
        shape[0] = count;
        int size = tensor.rowSize();
        return new Tensor(Arrays.copyOfRange(tensor.data(), first * size, (first + count) * size), shape);
    }

    private static Tensor noise(SplittableRandom random, int... shape) {
        int size = 1;
        for (int dimension : shape) {
            size *= dimension;
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return new Tensor(values, shape);
    }
}
