package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Linear layers and convolutions that multiply bytes on the CPU; all else is as in float32. Weights have a scale for each
 * output channel, what they are multiplied with gets one scale and one zero for the whole tensor, of its least and
 * greatest value in that very call: a row of a batch would depend on the others, so a network in this form runs one at a
 * time.
 *
 * <p>A convolution is a matrix product over windows that are gathered as bytes: the runtime's own operators for it are
 * slower than float32.
 */
final class Int8Operators implements Operators {
    private final OnnxGraph graph;
    private final Weights weights;
    private final PlainOperators plain;
    private final Map<Value, Bytes> quantised = new HashMap<>();
    private final Map<Value, Value> channelsLast = new HashMap<>();

    /** A tensor as unsigned bytes: {@code scale * (numbers - zero)}. */
    private record Bytes(Value numbers, Value scale, Value zero) {}

    Int8Operators(OnnxGraph graph, Weights weights, PlainOperators plain) {
        this.graph = graph;
        this.weights = weights;
        this.plain = plain;
    }

    @Override
    public Value linear(Value x, Weight weight, Optional<Weight> bias) throws ModelException {
        if (!Int8Layers.has(weight)) {
            return plain.linear(x, weight, bias);
        }
        Bytes bytes = bytes(x);
        return product(bytes.numbers(), bytes, weight, bias);
    }

    @Override
    public Value convolution(Value x, Weight weight, Weight bias, Sliding sliding) throws ModelException {
        if (!Int8Layers.has(weight)) {
            return plain.convolution(x, weight, bias, sliding);
        }
        Bytes bytes = bytes(x);
        Value pixels = channelsLast.computeIfAbsent(
                x, picture -> graph.node("Transpose", List.of(bytes.numbers()), Attribute.ofList("perm", 0, 2, 3, 1)));
        Value windows = sliding.side() == 1 ? pixels : windows(pixels, bytes.zero(), sliding);
        Value y = product(windows, bytes, weight, Optional.of(bias));
        return graph.node("Transpose", List.of(y), Attribute.ofList("perm", 0, 3, 1, 2));
    }

    /** Each pixel with those around it: {@code (batch, height, width, window * channels)}. */
    private Value windows(Value pixels, Value zero, Sliding sliding) {
        int before = sliding.before();
        int after = sliding.after();
        Value padded = graph.node("Pad", List.of(pixels, graph.shared(0, before, before, 0, 0, after, after, 0), zero));
        List<Value> parts = new ArrayList<>();
        for (int dy = 0; dy < sliding.side(); dy++) {
            for (int dx = 0; dx < sliding.side(); dx++) {
                parts.add(graph.node(
                        "Slice",
                        List.of(
                                padded,
                                graph.shared(dy, dx),
                                graph.shared(end(dy, sliding), end(dx, sliding)),
                                graph.shared(1, 2),
                                graph.shared(sliding.stride(), sliding.stride()))));
            }
        }
        return graph.node("Concat", parts, Attribute.of("axis", 3));
    }

    /** Where a slice ends that begins at {@code start}, counted from the end of the picture: with its last window. */
    private static long end(int start, Sliding sliding) {
        int left = sliding.side() - 1 - start;
        return left == 0 ? Long.MAX_VALUE : -left;
    }

    private Value product(Value numbers, Bytes bytes, Weight weight, Optional<Weight> bias) throws ModelException {
        Int8Weight int8 = weights.quantised(weight);
        List<Value> operands = new ArrayList<>(List.of(
                numbers,
                new Value(int8.numbers()),
                bytes.scale(),
                new Value(int8.scales()),
                bytes.zero(),
                Value.ABSENT)); // the weights' zero is 0
        bias.ifPresent(values -> operands.add(weights.bind(values)));
        return graph.microsoft("MatMulIntegerToFloat", operands);
    }

    /** Several layers may take the same value: query, key and value, the two halves of a gated layer. */
    private Bytes bytes(Value x) {
        return quantised.computeIfAbsent(x, value -> {
            List<Value> made = graph.nodes("DynamicQuantizeLinear", 3, List.of(value));
            return new Bytes(made.get(0), made.get(1), made.get(2));
        });
    }

    @Override
    public Value groupNorm(Value x, GroupNorm norm) throws ModelException {
        return plain.groupNorm(x, norm);
    }

    @Override
    public Value gelu(Value x) {
        return plain.gelu(x);
    }
}
