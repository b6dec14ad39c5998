package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.LowRank;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What several LoRAs add to one weight as two matrices: {@code (rows, rank)}, those of the LoRAs side by side, and {@code
 * (rank, columns)}, those of the LoRAs one below the other.
 *
 * @param rank of all LoRAs together
 */
record Matrices(int rows, int columns, int rank, List<Pair> pairs) {
    /** One LoRA's, row-major. */
    @SuppressWarnings("ArrayRecordComponent") // read here, never compared
    private record Pair(int rank, float[] left, float[] right) {}

    /**
     * Reads them.
     *
     * @param changes at least one, all of one weight
     * @throws ModelException when one cannot be read, or a number of it is not finite
     */
    static Matrices of(List<LowRank> changes) throws ModelException {
        List<Pair> pairs = new ArrayList<>();
        for (LowRank change : changes) {
            pairs.add(new Pair(change.rank(), change.left(), change.right()));
        }
        int rank = pairs.stream().mapToInt(Pair::rank).reduce(0, Math::addExact);
        return new Matrices(changes.get(0).rows(), changes.get(0).columns(), rank, pairs);
    }

    /** Some columns of the first one, {@code (rows, count)}, in direct memory. */
    FloatBuffer left(int first, int count) {
        FloatBuffer some = DirectBuffers.floats((long) rows * count);
        int column = -first; // of the LoRA's first one, among those that are asked for
        for (Pair pair : pairs) {
            int from = Math.max(0, -column);
            int length = Math.min(pair.rank(), count - column) - from;
            for (int row = 0; row < rows && length > 0; row++) {
                some.put(
                        Math.toIntExact((long) row * count + column + from),
                        pair.left(),
                        row * pair.rank() + from,
                        length);
            }
            column += pair.rank();
        }
        return some;
    }

    /** The same rows of the second one, {@code (count, columns)}, in direct memory. */
    FloatBuffer right(int first, int count) {
        FloatBuffer some = DirectBuffers.floats((long) count * columns);
        int row = -first;
        for (Pair pair : pairs) {
            int from = Math.max(0, -row);
            int length = Math.min(pair.rank(), count - row) - from;
            if (length > 0) {
                some.put(pair.right(), Math.multiplyExact(from, columns), Math.multiplyExact(length, columns));
            }
            row += pair.rank();
        }
        return some.rewind();
    }
}
