package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.Activation;
import dev.darkroom.worker.model.checkpoint.ClipTextConfig;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The text encoder of CLIP (Radford et al. 2021) as transformers' {@code CLIPTextModel} computes it.
 *
 * <p>Inputs, all int64: {@value #TOKENS} {@code (batch, tokens)}; {@value #LAYER} {@code (1)}, which state to take,
 * from 0 for the embeddings to the number of layers for the last one. Output: {@value #CONTEXT} float32
 * {@code (batch, tokens, width)}, that state, with the final norm or without. With a pooled form the output is one row
 * longer, and that row is it: the last state, normed, at the text's end, times a projection. A third input says where
 * the ends are: {@value #ENDS} {@code (batch)}, counted over all rows of tokens.
 */
public final class ClipTextGraph {
    public static final String TOKENS = "input_ids";
    public static final String LAYER = "layer";
    public static final String ENDS = "ends";
    public static final String CONTEXT = "context";

    /** What is made of the states. */
    public enum Output {
        /** The final norm of a state: Stable Diffusion 1 and 2. */
        NORMED,
        /** A state as it is: the first text encoder of Stable Diffusion XL. */
        PLAIN,
        /** A state as it is, and the pooled form: the second one. */
        PLAIN_AND_POOLED
    }

    private final Output output;
    private final ClipTextConfig config;
    private final Layers layers;
    private final OnnxGraph graph;
    private final String prefix;
    private final Value tokens;
    private final List<float[]> added;

    private ClipTextGraph(
            ClipTextConfig config, TensorSource tensors, Output output, GraphForm form, List<float[]> added) {
        this.added = added;
        this.output = output;
        this.config = config;
        layers = new Layers(tensors, form);
        graph = layers.graph();
        prefix = tensors.has("embeddings.token_embedding.weight") ? "" : "text_model.";
        tokens = graph.input(TOKENS, ElementType.INT64, "batch", config.tokens());
    }

    /** Builds the graph of a text encoder. */
    public static ModelGraph build(ClipTextConfig config, TensorSource tensors, Output output, GraphForm form)
            throws ModelException {
        return build(config, tensors, output, form, List.of());
    }

    /**
     * The same with more tokens than the checkpoint has.
     *
     * @param added their rows of the token table, {@code (width)} each; their ids follow those of the vocabulary
     */
    public static ModelGraph build(
            ClipTextConfig config, TensorSource tensors, Output output, GraphForm form, List<float[]> added)
            throws ModelException {
        return new ClipTextGraph(config, tensors, output, form, added).build();
    }

    private ModelGraph build() throws ModelException {
        Value layer = graph.input(LAYER, ElementType.INT64, 1);
        Value mask = causalMask();
        Value x = layers.flat(embeddings(), config.width());
        List<Value> states = new ArrayList<>();
        states.add(state(x));
        for (int i = 0; i < config.layers(); i++) {
            x = encoderLayer(x, prefix + "encoder.layers." + i, mask);
            states.add(state(x));
        }
        Value all = graph.node("Concat", states, Attribute.of("axis", 0));
        Value chosen = graph.node("Gather", List.of(all, layer), Attribute.of("axis", 0));
        Value context = output == Output.NORMED ? normed(layers.flat(chosen, config.width())) : chosen;
        context = graph.node("Reshape", List.of(context, layers.constant(-1, config.tokens(), config.width())));
        int rows = config.tokens();
        if (output == Output.PLAIN_AND_POOLED) {
            context = graph.node("Concat", List.of(context, pooled(x)), Attribute.of("axis", 1));
            rows++;
        }
        layers.output(CONTEXT, context, "batch", rows, config.width());
        return layers.model("text_encoder");
    }

    private Value normed(Value flat) throws ModelException {
        return layers.layerNorm(flat, prefix + "final_layer_norm", config.width(), config.normEpsilon());
    }

    /** {@code (batch, 1, width)}; the projection is square in all published models. */
    private Value pooled(Value last) throws ModelException {
        Value ends = graph.input(ENDS, ElementType.INT64, "batch");
        Value atEnds = graph.node("Gather", List.of(normed(last), ends));
        Weights weights = layers.weights();
        long width = config.width();
        Value projected = weights.has("text_projection") // as OpenCLIP stores it
                ? graph.node("MatMul", List.of(atEnds, weights.bind("text_projection", width, width)))
                : layers.projection(atEnds, "text_projection", config.width(), config.width());
        return graph.node("Reshape", List.of(projected, layers.constant(-1, 1, config.width())));
    }

    private Value embeddings() throws ModelException {
        Weights weights = layers.weights();
        Value table = weights.bind(prefix + "embeddings.token_embedding.weight", config.vocabulary(), config.width());
        Value positions =
                weights.bind(prefix + "embeddings.position_embedding.weight", config.tokens(), config.width());
        Value looked = added.isEmpty() ? graph.node("Gather", List.of(table, tokens)) : withAdded(table);
        return layers.add(looked, positions);
    }

    /** The table stays where it is, in the mapped file: one behind the other in one table would be a copy of it. */
    private Value withAdded(Value table) {
        int width = config.width();
        float[] rows = new float[added.size() * width];
        for (int i = 0; i < added.size(); i++) {
            System.arraycopy(added.get(i), 0, rows, i * width, width);
        }
        Value more = graph.node("Reshape", List.of(layers.constant(rows), layers.constant(-1, width)));
        Value size = graph.constant((long) config.vocabulary());
        Value isAdded = graph.node("GreaterOrEqual", List.of(tokens, size));
        Value known = graph.node("Min", List.of(tokens, graph.constant(config.vocabulary() - 1L)));
        Value beyond = graph.node("Max", List.of(graph.node("Sub", List.of(tokens, size)), graph.constant(0L)));
        return graph.node(
                "Where",
                List.of(
                        graph.node("Unsqueeze", List.of(isAdded, graph.constant(-1L))),
                        graph.node("Gather", List.of(more, beyond)),
                        graph.node("Gather", List.of(table, known))));
    }

    /** {@code (1, batch * tokens, width)}. */
    private Value state(Value x) {
        return graph.node("Reshape", List.of(x, layers.constant(1, -1, config.width())));
    }

    private Value encoderLayer(Value x, String name, Value mask) throws ModelException {
        int width = config.width();
        Value normal = layers.layerNorm(x, name + ".layer_norm1", width, config.normEpsilon());
        Value query = layers.linear(normal, name + ".self_attn.q_proj", width, width);
        Value key = layers.linear(normal, name + ".self_attn.k_proj", width, width);
        Value value = layers.linear(normal, name + ".self_attn.v_proj", width, width);
        Value attended = layers.maskedAttention(query, key, value, width, config.heads(), tokens, mask);
        x = layers.add(layers.linear(attended, name + ".self_attn.out_proj", width, width), x);
        normal = layers.layerNorm(x, name + ".layer_norm2", width, config.normEpsilon());
        Value hidden = activated(layers.linear(normal, name + ".mlp.fc1", width, config.intermediateWidth()));
        return layers.add(layers.linear(hidden, name + ".mlp.fc2", config.intermediateWidth(), width), x);
    }

    private Value activated(Value x) {
        return config.activation() == Activation.QUICK_GELU
                ? graph.microsoft("QuickGelu", List.of(x), Attribute.of("alpha", 1.702f))
                : layers.gelu(x);
    }

    /**
     * Added to attention scores, {@code (1, 1, tokens, tokens)}: a token does not see those behind it. The number is far
     * below every score, and one that float16 has, also with a score added.
     */
    private Value causalMask() {
        int count = config.tokens();
        float[] mask = new float[count * count];
        for (int row = 0; row < count; row++) {
            for (int column = row + 1; column < count; column++) {
                mask[row * count + column] = -30_000;
            }
        }
        return graph.node("Reshape", List.of(layers.constant(mask), layers.constant(1, 1, count, count)));
    }
}
