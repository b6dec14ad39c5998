package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In steady mode a row is the same, bit for bit, whatever other rows are computed with it, on any number of threads. */
class BatchInvarianceTest {
    private static final Path SHAPES = Path.of(System.getProperty("basedir", "."), "../deploy/models/shapes");
    private static final int ROWS = 4;

    @ParameterizedTest
    @CsvSource({"16,16,FP32", "9,13,FP32", "9,13,INT8"})
    void aRowDoesNotDependOnItsNeighbours(int height, int width, Precision precision) throws Exception {
        SplittableRandom random = new SplittableRandom(7);
        Tensor latents = noise(random, ROWS, 4, height, width);
        Tensor context = noise(random, ROWS, 77, 128);
        float[] timesteps = {999, 500.5f, 20, 1};
        try (LoadedModel one = load(1, precision);
                LoadedModel two = load(2, precision)) {
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

    private static LoadedModel load(int threads, Precision precision) throws Exception {
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, threads, Memory.STEADY))
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
