package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Binds the tensors of a checkpoint to initialisers of a graph. None is copied: an initialiser points into the
 * checkpoint's own file, which the runtime maps.
 *
 * <p>Graphs compute in float32. A float16 or bfloat16 tensor gets a {@code Cast} node; the runtime folds it away once,
 * while it loads, and from then on holds float32 values. Compared with converting in Java beforehand this needs no
 * second copy of the weights in memory and no temporary file on the disk.
 */
final class Weights {
    private final OnnxGraph graph;
    private final TensorSource tensors;
    private final Map<String, Value> bound = new HashMap<>();

    Weights(OnnxGraph graph, TensorSource tensors) {
        this.graph = graph;
        this.tensors = tensors;
    }

    boolean has(String name) {
        return tensors.has(name);
    }

    /** A tensor as it is stored. */
    Value bind(String name, long... shape) throws ModelException {
        return bindAs(name, shape, shape);
    }

    /** A vector of one number for each channel, to be combined with {@code (batch, channels, height, width)}. */
    Value perChannel(String name, int channels) throws ModelException {
        return bindAs(name, new long[] {channels}, new long[] {channels, 1, 1});
    }

    /** A matrix, or the 1x1 convolution that some checkpoints have in its place. */
    Value matrix(String name, boolean asConvolution, int out, int in) throws ModelException {
        long[] matrix = {out, in};
        return bindAs(name, asConvolution ? new long[] {out, in, 1, 1} : matrix, matrix);
    }

    /** One of {@code parts} equal pieces of a tensor, cut along its first dimension. */
    Value part(String name, int part, int parts, long... shape) throws ModelException {
        StoredTensor stored = tensors.require(name, shape);
        long length = stored.length() / parts;
        long[] piece = shape.clone();
        piece[0] /= parts;
        return initializer(
                name + "#" + part,
                new StoredTensor(stored.file(), stored.type(), stored.offset() + part * length, length),
                piece);
    }

    private Value bindAs(String name, long[] stored, long[] dimensions) throws ModelException {
        return initializer(name, tensors.require(name, stored), dimensions);
    }

    private Value initializer(String name, StoredTensor stored, long[] dimensions) {
        return bound.computeIfAbsent(name + Arrays.toString(dimensions), key -> {
            ElementType type = ElementType.of(stored.type());
            Value value = graph.external(key, type, stored.file(), stored.offset(), stored.length(), dimensions);
            return type == ElementType.FLOAT
                    ? value
                    : graph.node("Cast", List.of(value), Attribute.of("to", ElementType.FLOAT.number()));
        });
    }
}
