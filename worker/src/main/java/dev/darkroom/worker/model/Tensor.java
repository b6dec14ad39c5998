package dev.darkroom.worker.model;

import java.util.Arrays;
import java.util.List;

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

    /** A copy of {@code count} entries of the outermost dimension, from {@code first} on. */
    public Tensor rows(int first, int count) {
        int[] some = shape.clone();
        some[0] = count;
        int size = rowSize();
        return new Tensor(Arrays.copyOfRange(data, first * size, (first + count) * size), some);
    }

    /** Tensors one below the other, along the outermost dimension; the others must be the same in all. */
    public static Tensor stack(List<Tensor> parts) {
        int[] shape = parts.get(0).shape().clone();
        shape[0] = parts.stream().mapToInt(part -> part.shape()[0]).sum();
        float[] all = new float[shape[0] * parts.get(0).rowSize()];
        int at = 0;
        for (Tensor part : parts) {
            System.arraycopy(part.data(), 0, all, at, part.data().length);
            at += part.data().length;
        }
        return new Tensor(all, shape);
    }
}
