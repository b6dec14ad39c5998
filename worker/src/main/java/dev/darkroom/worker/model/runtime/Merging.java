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
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Computes weights that LoRAs change: the stored values, widened to float32, and the sum of the LoRAs' products. The
 * matrices of several LoRAs stand side by side, so that it is one product. Not for several threads; whoever made it closes
 * it.
 */
final class Merging implements AutoCloseable {
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
        long rows = changes.get(0).rows();
        long columns = changes.get(0).columns();
        long rank = changes.stream().mapToLong(LowRank::rank).sum();
        FloatBuffer left = DirectBuffers.floats(rows * rank);
        FloatBuffer right = DirectBuffers.floats(rank * columns);
        int column = 0;
        for (LowRank change : changes) {
            float[] own = change.left();
            for (int row = 0; row < rows; row++) {
                left.put(Math.toIntExact(row * rank + column), own, row * change.rank(), change.rank());
            }
            right.put(change.right());
            column += change.rank();
        }
        try (OnnxTensor values = OnnxTensor.createTensor(
                        environment, weights.map(stored), new long[] {rows, columns}, javaType(stored.type()));
                OnnxTensor first = OnnxTensor.createTensor(environment, left, new long[] {rows, rank});
                OnnxTensor second = OnnxTensor.createTensor(environment, right.rewind(), new long[] {rank, columns});
                OnnxTensor merged = OnnxTensor.createTensor(environment, target, new long[] {rows, columns})) {
            sessions.of(stored.type())
                    .run(
                            Map.of(MergingGraph.VALUES, values, MergingGraph.LEFT, first, MergingGraph.RIGHT, second),
                            Set.of(),
                            Map.of(MergingGraph.MERGED, merged))
                    .close();
        }
        if (!StoredWeights.areFinite(target)) {
            throw new NonFiniteModelException(
                    "A weight of " + weights.folder().resolve(stored.file())
                            + " is infinite, or no number, with the LoRAs of " + files(changes),
                    Precision.FP32);
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
