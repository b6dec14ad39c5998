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
    private ByteBuffer soFar = DirectBuffers.bytes(0, 1);

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
        Matrices matrices = Matrices.of(changes);
        add(weights.map(stored), stored.type(), matrices, 0, target);
        for (int first = LONGEST_SUM; first < matrices.rank(); first += LONGEST_SUM) {
            add(copy(target), DataType.F32, matrices, first, target);
        }
        if (!StoredWeights.areFinite(target)) {
            throw new NonFiniteModelException(
                    "A weight of " + weights.folder().resolve(stored.file())
                            + " is infinite, or no number, with the LoRAs of " + files(changes),
                    Precision.FP32);
        }
    }

    /** Adds the product of those columns and rows that begin with one. */
    private void add(ByteBuffer values, DataType type, Matrices matrices, int first, FloatBuffer target)
            throws OrtException {
        int count = Math.min(LONGEST_SUM, matrices.rank() - first);
        long[] shape = {matrices.rows(), matrices.columns()};
        try (OnnxTensor before = OnnxTensor.createTensor(environment, values, shape, javaType(type));
                OnnxTensor left = OnnxTensor.createTensor(
                        environment, matrices.left(first, count), new long[] {matrices.rows(), count});
                OnnxTensor right = OnnxTensor.createTensor(
                        environment, matrices.right(first, count), new long[] {count, matrices.columns()});
                OnnxTensor merged = OnnxTensor.createTensor(environment, target, shape)) {
            sessions.of(type)
                    .run(
                            Map.of(MergingGraph.VALUES, before, MergingGraph.LEFT, left, MergingGraph.RIGHT, right),
                            Set.of(),
                            Map.of(MergingGraph.MERGED, merged))
                    .close();
        }
    }

    /** What was merged so far, where the next product may read it: one buffer for all weights. */
    private ByteBuffer copy(FloatBuffer merged) {
        int bytes = Math.multiplyExact(merged.capacity(), Float.BYTES);
        if (soFar.capacity() < bytes) {
            soFar = DirectBuffers.bytes(bytes, 1);
        }
        soFar.clear().asFloatBuffer().put(merged.duplicate().clear());
        return soFar.limit(bytes);
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
