package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The layers that all networks share, each added to a graph with its weights. Pictures are
 * {@code (batch, channels, height, width)}; sequences are flat, {@code (batch * tokens, width)}, so that a linear layer
 * is one {@code Gemm} over all rows.
 */
final class Layers {
    private final Path folder;
    private final OnnxGraph graph;
    private final Weights weights;
    private final Operators operators;
    private final ElementType type;

    Layers(TensorSource tensors, GraphForm form) {
        folder = tensors.folder();
        graph = new OnnxGraph(form.opset());
        type = form.activations();
        weights = new Weights(graph, tensors, type);
        operators = form.operators(graph, weights);
    }

    OnnxGraph graph() {
        return graph;
    }

    Weights weights() {
        return weights;
    }

    /** The graph as it is now. */
    ModelGraph model(String name) {
        return new ModelGraph(
                name, graph.toByteArray(name), folder, weights.asStored(), weights.changed(), weights.inBytes());
    }

    /** A float32 input of the graph, as the layers compute. */
    Value input(String name, Object... dimensions) {
        return converted(graph.input(name, ElementType.FLOAT, dimensions));
    }

    /** A float32 value as the layers compute. */
    Value converted(Value float32) {
        return graph.cast(float32, ElementType.FLOAT, type);
    }

    /** A float32 output of the graph. */
    void output(String name, Value value, Object... dimensions) {
        graph.output(name, graph.cast(value, type, ElementType.FLOAT), ElementType.FLOAT, dimensions);
    }

    /** A constant of one dimension. */
    Value constant(float... values) {
        return converted(graph.constant(values));
    }

    Value add(Value a, Value b) {
        return graph.node("Add", List.of(a, b));
    }

    Value multiply(Value a, Value b) {
        return graph.node("Mul", List.of(a, b));
    }

    /** x * sigmoid(x). */
    Value silu(Value x) {
        return graph.silu(x);
    }

    Value gelu(Value x) {
        return operators.gelu(x);
    }

    /** A convolution that keeps the size of the picture. */
    Value convolution(Value x, String name, int in, int out, int side) throws ModelException {
        return convolution(x, name, in, out, Sliding.over(side));
    }

    Value convolution(Value x, String name, int in, int out, Sliding sliding) throws ModelException {
        Weight weight = weights.find(name + ".weight", out, in, sliding.side(), sliding.side());
        return operators.convolution(x, weight, weights.find(name + ".bias", out), sliding);
    }

    /** A linear layer with a bias. */
    Value linear(Value x, String name, int in, int out) throws ModelException {
        return linear(x, weights.find(name + ".weight", out, in), weights.find(name + ".bias", out));
    }

    /** A linear layer whose weights have been found. */
    Value linear(Value x, Weight weight, Weight bias) throws ModelException {
        return operators.linear(x, weight, Optional.of(bias));
    }

    /** A linear layer without a bias. */
    Value projection(Value x, String name, int in, int out) throws ModelException {
        return operators.linear(x, weights.find(name + ".weight", out, in), Optional.empty());
    }

    Value layerNorm(Value x, String name, int width, float epsilon) throws ModelException {
        return graph.node(
                "LayerNormalization",
                List.of(x, weights.bind(name + ".weight", width), weights.bind(name + ".bias", width)),
                Attribute.of("axis", -1),
                Attribute.of("epsilon", epsilon));
    }

    Value groupNorm(Value x, String name, int channels, int groups, float epsilon) throws ModelException {
        return operators.groupNorm(x, new GroupNorm(name, channels, groups, epsilon, GroupNorm.Then.NOTHING));
    }

    /** A group normalisation with a SiLU behind it. */
    Value groupNormSilu(Value x, String name, int channels, int groups, float epsilon) throws ModelException {
        return operators.groupNorm(x, new GroupNorm(name, channels, groups, epsilon, GroupNorm.Then.SILU));
    }

    /** A picture as a sequence of its pixels: {@code (batch * height * width, channels)}. */
    Value pixels(Value x, int channels) {
        Value rows = graph.node("Reshape", List.of(x, constant(0, channels, -1)));
        Value turned = graph.node("Transpose", List.of(rows), Attribute.ofList("perm", 0, 2, 1));
        return flat(turned, channels);
    }

    /** A sequence of pixels as a picture of the size of {@code like}, with as many channels. */
    Value picture(Value pixels, int channels, Value like) {
        Value rows = graph.node("Reshape", List.of(pixels, batched(channels, like)));
        Value turned = graph.node("Transpose", List.of(rows), Attribute.ofList("perm", 0, 2, 1));
        return graph.node("Reshape", List.of(turned, graph.shape(like)));
    }

    Value flat(Value sequence, int width) {
        return graph.node("Reshape", List.of(sequence, constant(-1, width)));
    }

    /**
     * Attention of several heads (Vaswani et al. 2017), scaled by the root of a head's width.
     *
     * @param query flat, as are key and value
     * @param like a value with the same batch dimension
     */
    Value attention(Value query, Value key, Value value, int width, int heads, Value like) {
        return flat(attended(query, key, value, width, heads, like), width);
    }

    /** The same in float32, whatever the other layers compute in. */
    Value attentionInFloat32(Value query, Value key, Value value, int width, int heads, Value like) {
        Value attended = attended(
                graph.cast(query, type, ElementType.FLOAT),
                graph.cast(key, type, ElementType.FLOAT),
                graph.cast(value, type, ElementType.FLOAT),
                width,
                heads,
                like);
        return flat(graph.cast(attended, ElementType.FLOAT, type), width);
    }

    /**
     * The same with a mask.
     *
     * @param mask added to the scores, {@code (1, 1, tokens, tokens)}
     */
    Value maskedAttention(Value query, Value key, Value value, int width, int heads, Value like, Value mask) {
        return flat(attended(query, key, value, width, heads, like, Value.ABSENT, Value.ABSENT, mask), width);
    }

    /** @param extra optional operands behind query, key and value of the runtime's operator */
    private Value attended(Value query, Value key, Value value, int width, int heads, Value like, Value... extra) {
        Value shape = batched(width, like);
        List<Value> operands = new ArrayList<>();
        for (Value operand : List.of(query, key, value)) {
            operands.add(graph.node("Reshape", List.of(operand, shape)));
        }
        operands.addAll(List.of(extra));
        return graph.microsoft("MultiHeadAttention", operands, Attribute.of("num_heads", heads));
    }

    /** Nearest-neighbour enlargement to the height and width of {@code like}. */
    Value enlarge(Value x, Value like) {
        Value size = graph.once(
                () -> graph.node("Shape", List.of(like), Attribute.of("start", 2), Attribute.of("end", 4)),
                "size",
                like);
        return graph.node(
                "Resize",
                List.of(x, Value.ABSENT, Value.ABSENT, size),
                Attribute.ofList("axes", 2, 3),
                Attribute.of("mode", "nearest"),
                Attribute.of("coordinate_transformation_mode", "asymmetric"),
                Attribute.of("nearest_mode", "floor"));
    }

    /** Nearest-neighbour enlargement to twice the height and width. */
    Value twice(Value x) {
        return graph.node(
                "Resize",
                List.of(x, Value.ABSENT, graph.once(() -> graph.constant(1f, 1f, 2f, 2f), "twice")),
                Attribute.of("mode", "nearest"),
                Attribute.of("coordinate_transformation_mode", "asymmetric"),
                Attribute.of("nearest_mode", "floor"));
    }

    Value constant(long... values) {
        return graph.shared(values);
    }

    /** The shape {@code (batch, *, width)} with the batch of {@code like}. */
    private Value batched(int width, Value like) {
        Value batch = graph.once(
                () -> graph.node("Shape", List.of(like), Attribute.of("start", 0), Attribute.of("end", 1)),
                "batch",
                like);
        return graph.once(
                () -> graph.node("Concat", List.of(batch, constant(-1, width)), Attribute.of("axis", 0)),
                "batched",
                batch,
                width);
    }
}
