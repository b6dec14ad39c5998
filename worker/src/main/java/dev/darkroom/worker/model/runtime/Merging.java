package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.NonFiniteModelException;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.checkpoint.LowRank;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.graph.MergingGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Computes weights that LoRAs change: the stored values, widened to float32, and the sum of the LoRAs' products. The
 * matrices of several LoRAs stand side by side, so that it is one product, or several where that would be long. The bits do not
 * depend on the number of threads. Not for several threads; whoever made it closes it.
 */
final class Merging implements AutoCloseable {
    /**
     * Of one product. The runtime adds up longer sums in blocks, and how long those are follows from how many columns a thread
     * has.
     */
    private static final int LONGEST_SUM = 128;

    private final OrtEnvironment environment = Inference.environment();
    private final WeightSessions sessions;
    private final Closing opened = new Closing();
    private final StoredWeights weights;

    Merging(StoredWeights weights, int threads) {
        this.weights = weights;
        this.sessions = new WeightSessions(MergingGraph::build, threads, opened);
    }

    /**
     * Computes one weight.
     *
     * @param target gets it, all of it
     * @throws ModelException when the result, or a number of a LoRA, is not finite
     */
    void merge(StoredTensor stored, FloatBuffer target) throws ModelException, OrtException {
        List<LowRank> changes = stored.changes();
        int rank = changes.stream().mapToInt(LowRank::rank).sum();
        ByteBuffer values = weights.map(stored);
        DataType type = stored.type();
        for (int first = 0; first < rank; first += LONGEST_SUM) {
            add(values, type, changes, first, Math.min(LONGEST_SUM, rank - first), target);
            if (first + LONGEST_SUM < rank) {
                values = DirectBuffers.copy(target);
                type = DataType.F32;
            }
        }
        if (!StoredWeights.areFinite(target)) {
            throw new NonFiniteModelException(
                    "A weight of " + weights.folder().resolve(stored.file())
                            + " is infinite, or no number, with the LoRAs of " + files(changes),
                    Precision.FP32);
        }
    }

    /** Adds one product: of so many of the columns that all the LoRAs' left matrices have side by side, and right ones' rows. */
    private void add(ByteBuffer values, DataType type, List<LowRank> changes, int first, int count, FloatBuffer target)
            throws ModelException, OrtException {
        long rows = changes.get(0).rows();
        long columns = changes.get(0).columns();
        FloatBuffer left = DirectBuffers.floats(rows * count);
        FloatBuffer right = DirectBuffers.floats(count * columns);
        int column = -first; // of the change's first one, among those of the product
        for (LowRank change : changes) {
            int from = Math.max(0, -column);
            int length = Math.min(change.rank(), count - column) - from;
            if (length > 0) {
                float[] own = change.left();
                for (int row = 0; row < rows; row++) {
                    left.put(
                            Math.toIntExact(row * (long) count + column + from),
                            own,
                            row * change.rank() + from,
                            length);
                }
                right.put(change.right(), Math.toIntExact(from * columns), Math.toIntExact(length * columns));
            }
            column += change.rank();
        }
        try (OnnxTensor before =
                        OnnxTensor.createTensor(environment, values, new long[] {rows, columns}, javaType(type));
                OnnxTensor lefts = OnnxTensor.createTensor(environment, left, new long[] {rows, count});
                OnnxTensor rights = OnnxTensor.createTensor(environment, right.rewind(), new long[] {count, columns});
                OnnxTensor merged = OnnxTensor.createTensor(environment, target, new long[] {rows, columns})) {
            sessions.of(type)
                    .run(
                            Map.of(MergingGraph.VALUES, before, MergingGraph.LEFT, lefts, MergingGraph.RIGHT, rights),
                            Set.of(),
                            Map.of(MergingGraph.MERGED, merged))
                    .close();
        }
    }

    private static String files(List<LowRank> changes) {
        return String.join(
                ", ",
                changes.stream().map(change -> change.file().path().toString()).toList());
    }

    static OnnxJavaType javaType(DataType type) {
        return switch (type) {
            case F32 -> OnnxJavaType.FLOAT;
            case F16 -> OnnxJavaType.FLOAT16;
            case BF16 -> OnnxJavaType.BFLOAT16;
            default -> throw new IllegalArgumentException("No weights of type " + type);
        };
    }

    @Override
    public void close() {
        opened.close();
    }
}
