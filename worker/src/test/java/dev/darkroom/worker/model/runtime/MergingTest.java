package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.platform.Fp16Conversions;
import dev.darkroom.worker.model.NonFiniteModelException;
import dev.darkroom.worker.model.checkpoint.Axes;
import dev.darkroom.worker.model.checkpoint.LowRank;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A merged weight is what the definition says, whatever the weight and the LoRA are stored in. */
class MergingTest {
    private static final int OUT = 6;
    private static final int COLUMNS = 10;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void twoLorasOfDifferentRanksAreAddedInFloat32(DataType type) throws Exception {
        SafetensorsFile file = write(type);
        List<LowRank> changes = List.of(change(file, "a", 0.5), change(file, "b", -2));
        FloatBuffer merged = merge(file, changes, 0, 1);
        float[] weight = file.floats("w");
        for (int row = 0; row < OUT; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                double expected = weight[row * COLUMNS + column]
                        + 0.5 * product(file, "a", 2, row, column)
                        - 2 * product(file, "b", 3, row, column);
                assertThat((double) merged.get(row * COLUMNS + column)).isCloseTo(expected, within(1e-5));
            }
        }
    }

    @Test
    void aPieceOfAWeightGetsItsPartOfTheChange() throws Exception {
        SafetensorsFile file = write(DataType.F16);
        List<LowRank> changes = List.of(change(file, "a", 0.5));
        FloatBuffer whole = merge(file, changes, 0, 1);
        FloatBuffer half = merge(file, changes, 1, 2);
        for (int i = 0; i < half.limit(); i++) {
            assertThat(half.get(i)).isEqualTo(whole.get(OUT * COLUMNS / 2 + i));
        }
    }

    @Test
    void whatIsNotFiniteIsSaidToBe() throws Exception {
        SafetensorsFile file = write(DataType.F32);
        List<LowRank> changes = List.of(change(file, "a", 1e39));
        assertThatThrownBy(() -> merge(file, changes, 0, 1))
                .isInstanceOf(NonFiniteModelException.class)
                .hasMessageContaining("weights.safetensors");
    }

    private static FloatBuffer merge(SafetensorsFile file, List<LowRank> changes, int part, int parts)
            throws Exception {
        TensorEntry entry = file.find("w").orElseThrow();
        StoredTensor stored = new StoredTensor(
                        String.valueOf(file.path().getFileName()),
                        entry.type(),
                        entry.offset(),
                        entry.length(),
                        changes)
                .part(part, parts);
        FloatBuffer merged = DirectBuffers.floats(OUT * COLUMNS / parts);
        try (Merging merging =
                new Merging(new StoredWeights(Objects.requireNonNull(file.path().getParent())), 1)) {
            merging.merge(stored, merged);
        }
        return merged;
    }

    private static LowRank change(SafetensorsFile file, String name, double factor) {
        return new LowRank(
                file,
                file.find(name + ".up").orElseThrow(),
                Optional.empty(),
                file.find(name + ".down").orElseThrow(),
                factor,
                Axes.OUT_IN);
    }

    private static double product(SafetensorsFile file, String name, int rank, int row, int column) throws IOException {
        float[] up = file.floats(name + ".up");
        float[] down = file.floats(name + ".down");
        double sum = 0;
        for (int k = 0; k < rank; k++) {
            sum += (double) up[row * rank + k] * down[k * COLUMNS + column];
        }
        return sum;
    }

    private SafetensorsFile write(DataType type) throws IOException {
        List<SafetensorsWriter.Spec> specs = List.of(
                new SafetensorsWriter.Spec("w", type, List.of((long) OUT, (long) COLUMNS)),
                new SafetensorsWriter.Spec("a.up", type, List.of((long) OUT, 2L)),
                new SafetensorsWriter.Spec("a.down", type, List.of(2L, (long) COLUMNS)),
                new SafetensorsWriter.Spec("b.up", type, List.of((long) OUT, 3L)),
                new SafetensorsWriter.Spec("b.down", type, List.of(3L, (long) COLUMNS)));
        Path path = folder.resolve("weights.safetensors");
        SafetensorsWriter.write(path, specs, (spec, first, target) -> {
            for (long i = first; target.hasRemaining(); i++) {
                float value = (float) Math.sin(spec.name().hashCode() + (int) i);
                switch (spec.type()) {
                    case F32 -> target.putFloat(value);
                    case F16 -> target.putShort(Fp16Conversions.floatToFp16(value));
                    default -> target.putShort((short) (Float.floatToIntBits(value) >>> 16));
                }
            }
        });
        return SafetensorsFile.open(path);
    }
}
