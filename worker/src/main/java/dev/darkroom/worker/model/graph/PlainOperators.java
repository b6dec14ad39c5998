package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the CPU is fastest with; other providers have these operators too. */
final class PlainOperators implements Operators {
    private final OnnxGraph graph;
    private final Weights weights;
    private final ElementType type;
    private final Map<Integer, Value> ones = new HashMap<>();
    private final Map<Integer, Value> zeros = new HashMap<>();

    PlainOperators(OnnxGraph graph, Weights weights, ElementType type) {
        this.graph = graph;
        this.weights = weights;
        this.type = type;
    }

    /** Weights are used as they are stored, {@code (out, in)}. */
    @Override
    public Value linear(Value x, Weight weight, Optional<Weight> bias) {
        List<Value> operands = new ArrayList<>(List.of(x, weights.bind(weight)));
        bias.ifPresent(values -> operands.add(weights.bind(values)));
        return graph.node("Gemm", operands, Attribute.of("transB", 1));
    }

    @Override
    public Value convolution(Value x, Weight weight, Weight bias, Sliding sliding) {
        int side = sliding.side();
        int stride = sliding.stride();
        return graph.node(
                "Conv",
                List.of(x, weights.bind(weight), weights.bind(bias)),
                Attribute.ofList("kernel_shape", side, side),
                Attribute.ofList("strides", stride, stride),
                Attribute.ofList("pads", sliding.before(), sliding.before(), sliding.after(), sliding.after()));
    }

    /**
     * An instance normalisation in which a group is one channel, then scale and shift for each true channel. On the CPU
     * that is faster than ONNX's own operator, which the runtime expands into more nodes.
     */
    @Override
    public Value groupNorm(Value x, GroupNorm norm) throws ModelException {
        int groups = norm.groups();
        Value grouped = graph.node("Reshape", List.of(x, graph.shared(0, groups, -1)));
        Value normal = graph.node(
                "InstanceNormalization",
                List.of(
                        grouped,
                        ones.computeIfAbsent(groups, count -> repeated(1, count)),
                        zeros.computeIfAbsent(groups, count -> repeated(0, count))),
                Attribute.of("epsilon", norm.epsilon()));
        Value back = graph.node("Reshape", List.of(normal, graph.shape(x)));
        Value scaled = graph.node("Mul", List.of(back, weights.perChannel(norm.name() + ".weight", norm.channels())));
        Value shifted = graph.node("Add", List.of(scaled, weights.perChannel(norm.name() + ".bias", norm.channels())));
        return norm.then() == GroupNorm.Then.SILU ? graph.silu(shifted) : shifted;
    }

    @Override
    public Value gelu(Value x) {
        return graph.node("Gelu", List.of(x));
    }

    private Value repeated(float value, int count) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return graph.cast(graph.constant(values), ElementType.FLOAT, type);
    }
}
