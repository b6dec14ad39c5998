package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The UNet of latent diffusion (Rombach et al. 2022) as diffusers' {@code UNet2DConditionModel} computes it. It takes
 * any number of rows and any size of latents: a picture on the way up is enlarged to the size of its skip connection,
 * which on the way down may have been odd.
 *
 * <p>Inputs, all float32: {@value #SAMPLE} {@code (rows, channels, height, width)}, {@value #TIME}
 * {@code (rows, frequencies)}, the sinusoid of each row's timestep (see {@link Sinusoid}), {@value #CONTEXT}
 * {@code (rows, tokens, width)}; in Stable Diffusion XL {@value #ADDED} {@code (rows, width)}, the pooled text and the
 * sinusoids of six numbers side by side; in a model that was distilled to take its guidance in {@value #GUIDANCE}
 * {@code (rows, width)} (see {@link GuidanceEmbedding}). Outputs: {@value #PREDICTION} {@code (rows, channels, height, width)},
 * and {@value #FEATURES} {@code (rows, channels, height, width)}, what the last layer of the way up is given from below. The
 * shallow graph takes those as one more input: it is that layer and what is around it, with the same weights.
 */
public final class UnetGraph {
    public static final String SAMPLE = "sample";
    public static final String TIME = "time_proj";
    public static final String CONTEXT = "encoder_hidden_states";
    public static final String ADDED = "add_embeds";
    public static final String GUIDANCE = "timestep_cond";
    public static final String PREDICTION = "prediction";
    public static final String FEATURES = "deep_features";

    /** Of the normalisations in transformers: fixed in diffusers, not configured. */
    private static final float GROUP_EPSILON = 1e-6f;

    private static final float LAYER_EPSILON = 1e-5f;

    private final UnetConfig config;
    private final Layers layers;
    private final OnnxGraph graph;
    private final Value sample;
    private final Value time;
    private final Value context;
    private final Deque<Skip> skips = new ArrayDeque<>();

    /** What the way down leaves for the way up. */
    private record Skip(Value value, int channels) {}

    private UnetGraph(UnetConfig config, TensorSource tensors, GraphForm form) {
        this.config = config;
        layers = new Layers(tensors, form);
        graph = layers.graph();
        sample = layers.input(SAMPLE, "rows", config.inChannels(), "height", "width");
        time = layers.input(TIME, "rows", config.time().frequencies());
        context = layers.input(CONTEXT, "rows", "tokens", config.crossAttentionWidth());
    }

    /** Builds the graph of a UNet. */
    public static ModelGraph build(UnetConfig config, TensorSource tensors, GraphForm form) throws ModelException {
        return new UnetGraph(config, tensors, form).build();
    }

    /** Builds the graph that stands in for it where the deep features are known. */
    public static ModelGraph buildShallow(UnetConfig config, TensorSource tensors, GraphForm form)
            throws ModelException {
        return new UnetGraph(config, tensors, form).buildShallow();
    }

    /** Channels of the deep features. */
    public static int featureChannels(UnetConfig config) {
        return config.up().get(config.up().size() - 1).channels();
    }

    private ModelGraph build() throws ModelException {
        int channels = config.firstChannels();
        ResidualBlocks residual = residualBlocks();
        Value tokens = layers.flat(context, config.crossAttentionWidth());

        Value x = first();
        skips.push(new Skip(x, channels));
        for (int i = 0; i < config.down().size(); i++) {
            x = down(x, channels, i, residual, tokens);
            channels = config.down().get(i).channels();
        }
        for (UnetConfig.Middle middle : config.middle()) {
            x = residual.add(x, "mid_block.resnets.0", channels, middle.channels());
            x = transformer(
                    x, "mid_block.attentions.0", middle.channels(), middle.transformerLayers(), middle.heads(), tokens);
            x = residual.add(x, "mid_block.resnets.1", middle.channels(), middle.channels());
        }
        for (int i = 0; i < config.up().size(); i++) {
            x = up(x, channels, i, residual, tokens);
            channels = config.up().get(i).channels();
        }
        predict(x, channels);
        return layers.model("unet");
    }

    private ModelGraph buildShallow() throws ModelException {
        int channels = featureChannels(config);
        int top = config.up().size() - 1;
        ResidualBlocks residual = residualBlocks();
        Value features = layers.input(FEATURES, "rows", channels, "height", "width");
        Value tokens = layers.flat(context, config.crossAttentionWidth());
        skips.push(new Skip(first(), config.firstChannels()));
        Value x = upLayer(features, channels, top, config.up().get(top).resnets() - 1, residual, tokens);
        predict(x, channels);
        return layers.model("shallow unet");
    }

    private ResidualBlocks residualBlocks() throws ModelException {
        return new ResidualBlocks(
                layers,
                config.normGroups(),
                config.normEpsilon(),
                Optional.of(embeddedTime()),
                config.time().width());
    }

    private Value first() throws ModelException {
        return layers.convolution(
                sample, "conv_in", config.inChannels(), config.firstChannels(), config.convInKernel());
    }

    private void predict(Value x, int channels) throws ModelException {
        Value normal = layers.groupNormSilu(x, "conv_norm_out", channels, config.normGroups(), config.normEpsilon());
        Value prediction =
                layers.convolution(normal, "conv_out", channels, config.outChannels(), config.convOutKernel());
        layers.output(PREDICTION, prediction, "rows", config.outChannels(), "height", "width");
    }

    /** {@code (rows, width)}, with the SiLU that every residual block begins with. */
    private Value embeddedTime() throws ModelException {
        UnetConfig.TimeEmbedding embedding = config.time();
        Value first =
                layers.linear(conditionedTime(), "time_embedding.linear_1", embedding.frequencies(), embedding.width());
        Value second =
                layers.linear(layers.silu(first), "time_embedding.linear_2", embedding.width(), embedding.width());
        if (config.added().isEmpty()) {
            return layers.silu(second);
        }
        int width = config.added().get().width();
        Value added = layers.input(ADDED, "rows", width);
        first = layers.linear(added, "add_embedding.linear_1", width, embedding.width());
        return layers.silu(layers.add(
                second,
                layers.linear(layers.silu(first), "add_embedding.linear_2", embedding.width(), embedding.width())));
    }

    /** The sinusoid of the timestep, to which a distilled model adds a projection of its guidance's. */
    private Value conditionedTime() throws ModelException {
        if (config.guidanceWidth().isEmpty()) {
            return time;
        }
        int width = config.guidanceWidth().getAsInt();
        Value guidance = layers.input(GUIDANCE, "rows", width);
        int frequencies = config.time().frequencies();
        return layers.add(time, layers.projection(guidance, "time_embedding.cond_proj", width, frequencies));
    }

    private Value down(Value x, int in, int index, ResidualBlocks residual, Value tokens) throws ModelException {
        UnetConfig.Block block = config.down().get(index);
        String name = "down_blocks." + index;
        int channels = block.channels();
        for (int layer = 0; layer < block.resnets(); layer++) {
            x = residual.add(x, name + ".resnets." + layer, layer == 0 ? in : channels, channels);
            x = transformer(
                    x, name + ".attentions." + layer, channels, block.transformerLayers(), block.heads(), tokens);
            skips.push(new Skip(x, channels));
        }
        if (index < config.down().size() - 1) {
            String downsampler = name + ".downsamplers.0.conv";
            x = layers.convolution(
                    x, downsampler, channels, channels, new Sliding(3, 2, config.downsamplePadding(), 1));
            skips.push(new Skip(x, channels));
        }
        return x;
    }

    private Value up(Value x, int in, int index, ResidualBlocks residual, Value tokens) throws ModelException {
        UnetConfig.Block block = config.up().get(index);
        String name = "up_blocks." + index;
        int channels = block.channels();
        for (int layer = 0; layer < block.resnets(); layer++) {
            if (index == config.up().size() - 1 && layer == block.resnets() - 1) {
                layers.output(FEATURES, x, "rows", channels, "height", "width");
            }
            x = upLayer(x, layer == 0 ? in : channels, index, layer, residual, tokens);
        }
        if (index < config.up().size() - 1) {
            Value enlarged = layers.enlarge(x, skips.element().value());
            x = layers.convolution(enlarged, name + ".upsamplers.0.conv", channels, channels, 3);
        }
        return x;
    }

    /** Takes the latest skip connection in. */
    private Value upLayer(Value x, int in, int index, int layer, ResidualBlocks residual, Value tokens)
            throws ModelException {
        UnetConfig.Block block = config.up().get(index);
        String name = "up_blocks." + index;
        Skip skip = skips.pop();
        Value joined = graph.node("Concat", List.of(x, skip.value()), Attribute.of("axis", 1));
        Value h = residual.add(joined, name + ".resnets." + layer, in + skip.channels(), block.channels());
        return transformer(
                h, name + ".attentions." + layer, block.channels(), block.transformerLayers(), block.heads(), tokens);
    }

    /** {@code Transformer2DModel}; with no layers there is none. */
    private Value transformer(Value x, String name, int channels, int depth, int heads, Value tokens)
            throws ModelException {
        if (depth == 0) {
            return x;
        }
        Value normal = layers.groupNorm(x, name + ".norm", channels, config.normGroups(), GROUP_EPSILON);
        // A 1x1 convolution is a linear layer over pixels: both kinds of checkpoint make the same graph.
        Value h = around(layers.pixels(normal, channels), name + ".proj_in", channels);
        for (int layer = 0; layer < depth; layer++) {
            h = transformerBlock(h, name + ".transformer_blocks." + layer, channels, heads, tokens);
        }
        return layers.add(layers.picture(around(h, name + ".proj_out", channels), channels, x), x);
    }

    private Value around(Value pixels, String name, int channels) throws ModelException {
        Weights weights = layers.weights();
        Weight matrix = weights.matrix(name + ".weight", !config.projectionIsLinear(), channels, channels);
        return layers.linear(pixels, matrix, weights.find(name + ".bias", channels));
    }

    /** {@code BasicTransformerBlock}: attention to the picture itself, attention to the text, feed-forward. */
    private Value transformerBlock(Value x, String name, int width, int heads, Value tokens) throws ModelException {
        Value normal = layers.layerNorm(x, name + ".norm1", width, LAYER_EPSILON);
        x = layers.add(attention(normal, normal, name + ".attn1", width, width, heads), x);
        normal = layers.layerNorm(x, name + ".norm2", width, LAYER_EPSILON);
        x = layers.add(attention(normal, tokens, name + ".attn2", width, config.crossAttentionWidth(), heads), x);
        normal = layers.layerNorm(x, name + ".norm3", width, LAYER_EPSILON);
        return layers.add(feedForward(normal, name + ".ff", width), x);
    }

    private Value attention(Value x, Value source, String name, int width, int sourceWidth, int heads)
            throws ModelException {
        Value query = layers.projection(x, name + ".to_q", width, width);
        Value key = layers.projection(source, name + ".to_k", sourceWidth, width);
        Value value = layers.projection(source, name + ".to_v", sourceWidth, width);
        Value attended = config.upcastAttention()
                ? layers.attentionInFloat32(query, key, value, width, heads, sample)
                : layers.attention(query, key, value, width, heads, sample);
        return layers.linear(attended, name + ".to_out.0", width, width);
    }

    /**
     * A feed-forward network with GEGLU (Shazeer 2020). The first projection gives values and gates in one matrix; they
     * are bound as its two halves, which spares the graph a split.
     */
    private Value feedForward(Value x, String name, int width) throws ModelException {
        int hidden = 4 * width;
        Value values = half(x, name + ".net.0.proj", 0, width, hidden);
        Value gates = half(x, name + ".net.0.proj", 1, width, hidden);
        Value gated = layers.multiply(values, layers.gelu(gates));
        return layers.linear(gated, name + ".net.2", hidden, width);
    }

    private Value half(Value x, String name, int which, int in, int out) throws ModelException {
        Weights weights = layers.weights();
        return layers.linear(
                x,
                weights.part(name + ".weight", which, 2, 2L * out, in),
                weights.part(name + ".bias", which, 2, 2L * out));
    }
}
