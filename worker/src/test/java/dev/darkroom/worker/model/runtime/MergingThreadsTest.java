package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.model.checkpoint.Axes;
import dev.darkroom.worker.model.checkpoint.LowRank;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A weight that LoRAs change has the same bits on any number of threads, however large their ranks are together: two sessions
 * of one network may have been made with different numbers.
 */
class MergingThreadsTest {
    private static final int ROWS = 64;

    @TempDir
    private Path folder;

    /** Shapes and ranks of which, as one product, the bits differed: on 2, 3 and 4 threads. */
    @ParameterizedTest
    @CsvSource({"128, 32:32:32:32:32", "192, 129", "256, 300", "128, 100:100:100", "128, 4:128:1"})
    void theBitsAreTheSameOnAnyNumberOfThreads(int columns, String ranks) throws Exception {
        List<Integer> each =
                Arrays.stream(ranks.split(":", -1)).map(Integer::valueOf).toList();
        SafetensorsFile file = write(columns, each);

        float[] one = merge(file, columns, each.size(), 1);

        for (int threads : new int[] {2, 3, 4, 8}) {
            assertThat(Arrays.equals(merge(file, columns, each.size(), threads), one))
                    .as("%d threads", threads)
                    .isTrue();
        }
        assertThatItIsTheSum(one, file, columns, each);
    }

    private static void assertThatItIsTheSum(float[] merged, SafetensorsFile file, int columns, List<Integer> ranks)
            throws Exception {
        float[] weight = file.floats("w");
        for (int at = 0; at < merged.length; at++) {
            double sum = weight[at];
            for (int lora = 0; lora < ranks.size(); lora++) {
                int rank = ranks.get(lora);
                float[] up = file.floats(lora + ".up");
                float[] down = file.floats(lora + ".down");
                for (int k = 0; k < rank; k++) {
                    sum += 0.5 * up[at / columns * rank + k] * down[k * columns + at % columns];
                }
            }
            assertThat((double) merged[at]).isCloseTo(sum, within(1e-3));
        }
    }

    private float[] merge(SafetensorsFile file, int columns, int loras, int threads) throws Exception {
        List<LowRank> changes = new ArrayList<>();
        for (int lora = 0; lora < loras; lora++) {
            changes.add(new LowRank(
                    file,
                    file.find(lora + ".up").orElseThrow(),
                    Optional.empty(),
                    file.find(lora + ".down").orElseThrow(),
                    0.5,
                    Axes.OUT_IN));
        }
        TensorEntry weight = file.find("w").orElseThrow();
        FloatBuffer merged = DirectBuffers.floats((long) ROWS * columns);
        try (Merging merging = new Merging(new StoredWeights(folder), threads)) {
            merging.merge(
                    new StoredTensor("weights.safetensors", weight.type(), weight.offset(), weight.length(), changes),
                    merged);
        }
        float[] values = new float[ROWS * columns];
        merged.get(0, values);
        return values;
    }

    private SafetensorsFile write(int columns, List<Integer> ranks) throws Exception {
        List<SafetensorsWriter.Spec> specs = new ArrayList<>();
        specs.add(new SafetensorsWriter.Spec("w", DataType.F32, List.of((long) ROWS, (long) columns)));
        for (int lora = 0; lora < ranks.size(); lora++) {
            long rank = ranks.get(lora);
            specs.add(new SafetensorsWriter.Spec(lora + ".up", DataType.F32, List.of((long) ROWS, rank)));
            specs.add(new SafetensorsWriter.Spec(lora + ".down", DataType.F32, List.of(rank, (long) columns)));
        }
        Path path = folder.resolve("weights.safetensors");
        SafetensorsWriter.write(path, specs, (spec, first, target) -> {
            for (long i = first; target.hasRemaining(); i++) {
                target.putFloat((float) Math.sin(spec.name().hashCode() + 3.7 * i));
            }
        });
        return SafetensorsFile.open(path);
    }
}
