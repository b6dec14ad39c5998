package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * In steady mode a row is the same, bit for bit, whatever other rows are computed with it, on any number of threads. With
 * mapped weights it is so among calls of as many rows, on as many threads.
 */
class BatchInvarianceTest {
    private static final Path SHAPES = Path.of(System.getProperty("basedir", "."), "../deploy/models/shapes");
    private static final int ROWS = 4;

    @ParameterizedTest
    @CsvSource({"16,16", "9,13"})
    void aRowDoesNotDependOnItsNeighbours(int height, int width) throws Exception {
        SplittableRandom random = new SplittableRandom(7);
        Tensor latents = noise(random, ROWS, 4, height, width);
        Tensor context = noise(random, ROWS, 77, 128);
        float[] timesteps = {999, 500.5f, 20, 1};
        try (LoadedModel one = load(1);
                LoadedModel two = load(2)) {
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

    @ParameterizedTest
    @CsvSource({"16,16,1", "16,16,2", "9,13,2", "8,24,3", "17,8,16"})
    void withMappedWeightsARowDependsOnTheNumberOfItsNeighboursOnly(int height, int width, int threads)
            throws Exception {
        SplittableRandom random = new SplittableRandom(8);
        Tensor latent = noise(random, 1, 4, height, width);
        Tensor text = noise(random, 1, 77, 128);
        try (LoadedModel model = load(threads, Memory.FAST_START)) {
            for (int count : new int[] {2, 4, 8}) {
                float[] expected = new float[0];
                for (int at = 0; at < count; at++) {
                    Tensor latents = noise(random, count, 4, height, width);
                    Tensor context = noise(random, count, 77, 128);
                    float[] timesteps = new float[count];

                    System.arraycopy(latent.data(), 0, latents.data(), at * latent.rowSize(), latent.rowSize());
                    System.arraycopy(text.data(), 0, context.data(), at * text.rowSize(), text.rowSize());
                    timesteps[at] = 500;
                    float[] row = model.unet()
                            .predict(new UnetRows(latents, timesteps, context))
                            .row(at);
                    expected = at == 0 ? row : expected;
                    assertThat(Arrays.equals(row, expected))
                            .as("row %d of %d", at, count)
                            .isTrue();
                }
            }
        }
    }

    private static LoadedModel load(int threads) throws Exception {
        return load(threads, Memory.STEADY);
    }

    private static LoadedModel load(int threads, Memory memory) throws Exception {
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, threads, memory))
                .load(ModelFiles.of("shapes", SHAPES));
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
