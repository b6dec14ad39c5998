package dev.darkroom.worker.model;

import java.util.Arrays;

/**
 * Dense float32 values in row-major order. The array is not copied: whoever makes a tensor gives its array away.
 *
 * @param data the values, as many as the product of {@code shape}
 * @param shape the dimensions, outermost first
 */
@SuppressWarnings("ArrayRecordComponent") // a value type for numbers: never compared, never hashed
public record Tensor(float[] data, int... shape) {
    public Tensor {
        long size = 1;
        for (int dimension : shape) {
            size = Math.multiplyExact(size, (long) dimension);
        }
        if (size != data.length) {
            throw new IllegalArgumentException(
                    "A tensor of shape " + Arrays.toString(shape) + " holds " + size + " values, not " + data.length);
        }
    }

    /** Number of values in one entry of the outermost dimension. */
    public int rowSize() {
        return shape[0] == 0 ? 0 : data.length / shape[0];
    }

    /** A copy of entry {@code row} of the outermost dimension, flat. */
    public float[] row(int row) {
        int size = rowSize();
        return Arrays.copyOfRange(data, row * size, (row + 1) * size);
    }
}
