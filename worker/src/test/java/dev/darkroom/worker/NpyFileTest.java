package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against the description of the format in numpy.lib.format, byte by byte. */
class NpyFileTest {
    @TempDir
    private Path folder;

    @Test
    void theHeaderSaysWhatTheNumbersAre() throws Exception {
        byte[] bytes = write(new Tensor(new float[] {1, -2.5f, 3, Float.MIN_VALUE, 5, 6}, 1, 2, 3));

        assertThat(Arrays.copyOf(bytes, 8)).containsExactly(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0);
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(8);
        int length = file.getShort();
        assertThat((10 + length) % 64).as("where the numbers begin").isZero();
        String header = new String(bytes, 10, length, StandardCharsets.US_ASCII);
        assertThat(header).matches("\\{'descr': '<f4', 'fortran_order': False, 'shape': \\(2, 3,\\), \\} *\n");
        file.position(10 + length);
        float[] values = new float[6];
        file.asFloatBuffer().get(values);
        assertThat(values).containsExactly(1, -2.5f, 3, Float.MIN_VALUE, 5, 6);
        assertThat(bytes).hasSize(10 + length + 24);
    }

    @Test
    void onlyTheFirstOfABatchIsWritten() throws Exception {
        byte[] bytes = write(new Tensor(new float[] {1, 2, 3, 4}, 2, 2));
        assertThat(ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .position(bytes.length - 8)
                        .asFloatBuffer())
                .isEqualTo(ByteBuffer.allocate(8).putFloat(1).putFloat(2).flip().asFloatBuffer());
    }

    /** Shapes whose text has every length modulo the alignment on the way. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void theNumbersBeginAtAMultipleOf64WhateverTheShape(int dimensions) throws Exception {
        int[] shape = new int[dimensions + 1];
        Arrays.fill(shape, 1);
        for (int digits = 1; digits <= 3; digits++) {
            shape[dimensions] = (int) Math.pow(10, digits);
            byte[] bytes = write(new Tensor(new float[shape[dimensions]], shape));
            assertThat(bytes.length - shape[dimensions] * Float.BYTES)
                    .isPositive()
                    .matches(size -> size % 64 == 0);
            assertThat(bytes[bytes.length - shape[dimensions] * Float.BYTES - 1])
                    .isEqualTo((byte) '\n');
        }
    }

    private byte[] write(Tensor tensor) throws Exception {
        Path file = folder.resolve("array.npy");
        NpyFile.write(file, tensor);
        return Files.readAllBytes(file);
    }
}
