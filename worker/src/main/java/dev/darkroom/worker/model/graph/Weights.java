package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Binds the tensors of a checkpoint to initialisers of a graph. None is copied: an initialiser points into the
 * checkpoint's own file, which the runtime maps.
 *
 * <p>A tensor that is stored in another type than the graph computes in gets a {@code Cast} node; the runtime folds it
 * away once, while it loads, and from then on holds the converted values. Compared with converting in Java beforehand
 * this needs no second copy of the weights in memory and no temporary file on the disk. What a graph takes in bytes is in
 * no file either way; it is listed for whoever loads the graph.
 */
final class Weights {
    private final OnnxGraph graph;
    private final TensorSource tensors;
    private final ElementType computed;
    private final Map<String, Value> bound = new HashMap<>();
    private final Set<StoredTensor> asStored = new LinkedHashSet<>();
    private final List<ChangedWeight> changed = new ArrayList<>();
    private final Map<String, Int8Weight> inBytes = new LinkedHashMap<>();

    /** @param computed what the graph computes in, and weights are converted to unless something else is said */
    Weights(OnnxGraph graph, TensorSource tensors, ElementType computed) {
        this.graph = graph;
        this.tensors = tensors;
        this.computed = computed;
    }

    boolean has(String name) {
        return tensors.has(name);
    }

    /** A tensor in the shape that it is stored in. */
    Value bind(String name, long... shape) throws ModelException {
        return bindAs(computed, name, shape);
    }

    /** A tensor in a type of its own. */
    Value bindAs(ElementType type, String name, long... shape) throws ModelException {
        return initializer(type, name, tensors.require(name, shape), shape);
    }

    /** A vector of one number for each channel, to be combined with {@code (batch, channels, height, width)}. */
    Value perChannel(String name, int channels) throws ModelException {
        return initializer(computed, name, tensors.require(name, channels), new long[] {channels, 1, 1});
    }

    /** A tensor in the shape that it is stored in, not bound yet. */
    Weight find(String name, long... shape) throws ModelException {
        return new Weight(name, tensors.require(name, shape), shape);
    }

    /** A matrix, or the 1x1 convolution that some checkpoints have in its place. */
    Weight matrix(String name, boolean asConvolution, int out, int in) throws ModelException {
        long[] matrix = {out, in};
        long[] stored = asConvolution ? new long[] {out, in, 1, 1} : matrix;
        return new Weight(name, tensors.require(name, stored), matrix);
    }

    /** One of {@code parts} equal pieces of a tensor, cut along its first dimension. */
    Weight part(String name, int part, int parts, long... shape) throws ModelException {
        StoredTensor stored = tensors.require(name, shape);
        long[] piece = shape.clone();
        piece[0] /= parts;
        return new Weight(name + "#" + part, stored.part(part, parts), piece);
    }

    /** What was found, as the graph computes. */
    Value bind(Weight weight) {
        return initializer(computed, weight.name(), weight.stored(), weight.shape());
    }

    /** What was found, as bytes that are made when the graph is loaded. */
    Int8Weight quantised(Weight weight) {
        return inBytes.computeIfAbsent(weight.name(), name -> {
            Int8Weight int8 = new Int8Weight(
                    name + ".int8", name + ".scale", weight.stored(), weight.out(), weight.in(), weight.window());
            graph.given(int8.numbers(), ElementType.INT8, int8.rows(), int8.out());
            graph.given(int8.scales(), ElementType.FLOAT, int8.out());
            return int8;
        });
    }

    /** All that was bound. */
    List<StoredTensor> asStored() {
        return List.copyOf(asStored);
    }

    /** All that was bound and is not as the checkpoint has it. */
    List<ChangedWeight> changed() {
        return List.copyOf(changed);
    }

    /** All that {@link #quantised} was asked for. */
    List<Int8Weight> inBytes() {
        return List.copyOf(inBytes.values());
    }

    private Value initializer(ElementType type, String name, StoredTensor stored, long[] dimensions) {
        if (!stored.changes().isEmpty()) {
            return changed(type, name, stored, dimensions);
        }
        ElementType from = ElementType.of(stored.type());
        asStored.add(stored);
        Value value = bound.computeIfAbsent(
                name + Arrays.toString(dimensions),
                key -> graph.external(key, from, stored.file(), stored.offset(), stored.length(), dimensions));
        return from == type ? value : graph.once(() -> graph.cast(value, from, type), "as", type, value);
    }

    /** What LoRAs change is computed in float32, whatever it is stored in, and rounded once. */
    private Value changed(ElementType type, String name, StoredTensor stored, long[] dimensions) {
        String key = name + Arrays.toString(dimensions);
        Value value = bound.computeIfAbsent(key, unbound -> {
            changed.add(new ChangedWeight(unbound, stored, List.of(box(dimensions))));
            return graph.given(unbound, ElementType.FLOAT, dimensions);
        });
        return type == ElementType.FLOAT
                ? value
                : graph.once(() -> graph.cast(value, ElementType.FLOAT, type), "as", type, value);
    }

    private static Long[] box(long[] dimensions) {
        return Arrays.stream(dimensions).boxed().toArray(Long[]::new);
    }
}
