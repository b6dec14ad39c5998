package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.util.Optional;

/**
 * What a LoRA adds to a weight (Hu et al. 2021, arXiv:2106.09685): a product of two thin matrices. Of a convolution the
 * second one holds the kernels (LoCon). The values stay in the file until they are asked for.
 *
 * @param up {@code (out, rank)}
 * @param middle {@code (rank, rank, side, side)} where the kernels are in a tensor of their own (LyCORIS' CP
 *     decomposition): a pixel of the sum over q of {@code middle[p][q] * down[q]}
 * @param down {@code (rank, in)} or {@code (rank, in, side, side)}
 * @param factor of the product: scale * alpha / rank
 * @param axes of the weight; where a row is an input, what is added is the product's transpose
 */
public record LowRank(
        SafetensorsFile file,
        TensorEntry up,
        Optional<TensorEntry> middle,
        TensorEntry down,
        double factor,
        Axes axes) {

    /** Columns of the first matrix and rows of the second. */
    public int rank() {
        return Math.toIntExact(up.shape().get(1));
    }

    /** Rows of the first matrix, as many as the weight has. */
    public int rows() {
        return axes == Axes.OUT_IN ? outputs() : inputs();
    }

    /** Columns of the second matrix: how many numbers a row of the weight has. */
    public int columns() {
        return axes == Axes.OUT_IN ? inputs() : outputs();
    }

    private int outputs() {
        return Math.toIntExact(up.shape().get(0));
    }

    private int inputs() {
        long window = middle.map(mid -> mid.shape().get(2) * mid.shape().get(3)).orElse(1L);
        return Math.toIntExact(down.size() / down.shape().get(0) * window);
    }

    /** {@code (rows, rank)}, row-major, times the factor. */
    public float[] left() throws ModelException {
        float[] values = axes == Axes.OUT_IN ? values(up) : transposed(values(down), rank());
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factor);
        }
        return values;
    }

    /** {@code (rank, columns)}, row-major. */
    public float[] right() throws ModelException {
        if (axes == Axes.IN_OUT) {
            return transposed(values(up), outputs());
        }
        return middle.isPresent() ? kernels(values(middle.get()), values(down)) : values(down);
    }

    private static float[] transposed(float[] matrix, int rows) {
        int columns = matrix.length / rows;
        float[] transposed = new float[matrix.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                transposed[column * rows + row] = matrix[row * columns + column];
            }
        }
        return transposed;
    }

    private float[] kernels(float[] mid, float[] thin) {
        int rank = rank();
        int in = thin.length / rank;
        int window = mid.length / (rank * rank);
        float[] kernels = new float[rank * in * window];
        for (int p = 0; p < rank; p++) {
            for (int q = 0; q < rank; q++) {
                for (int i = 0; i < in; i++) {
                    float value = thin[q * in + i];
                    for (int k = 0; k < window; k++) {
                        kernels[(p * in + i) * window + k] += mid[(p * rank + q) * window + k] * value;
                    }
                }
            }
        }
        return kernels;
    }

    /** The same for one of {@code parts} equal pieces of the weight, which must have a row for each output. */
    LowRank part(int part, int parts) {
        TensorEntry piece = Optional.of(up)
                .filter(whole -> axes == Axes.OUT_IN)
                .flatMap(whole -> Renaming.part(whole, part, parts))
                .orElseThrow(() -> new IllegalArgumentException(up.shape() + " cannot be cut into " + parts));
        return new LowRank(file, piece, middle, down, factor, axes);
    }

    private float[] values(TensorEntry tensor) throws ModelException {
        float[] values;
        try {
            values = file.floats(tensor);
        } catch (IOException e) {
            throw new ModelException(file.path() + " cannot be read: " + e, e);
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new UnsupportedModelException(file.path() + ": a number in the tensor "
                        + ConfigFile.abbreviated(tensor.name()) + " is infinite, or none. The file is broken");
            }
        }
        return values;
    }
}
