package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import java.util.List;
import java.util.Optional;

/**
 * The decoder of an {@code AutoencoderKL} as diffusers computes it, for any number and size of latents.
 *
 * <p>Input, float32: {@value #LATENTS} {@code (batch, channels, height, width)}, as they leave the denoising loop; the
 * graph undoes their scaling. Output: {@value #PICTURE} {@code (batch, 3, scale * height, scale * width)}.
 */
public final class VaeDecoderGraph {
    public static final String LATENTS = "latents";
    public static final String PICTURE = "picture";

    /** Of all normalisations: fixed in diffusers, not configured. */
    private static final float EPSILON = 1e-6f;

    private final VaeConfig config;
    private final OnnxGraph graph = new OnnxGraph();
    private final Layers layers;
    private final ResidualBlocks residual;

    private VaeDecoderGraph(VaeConfig config, TensorSource tensors) {
        this.config = config;
        layers = new Layers(graph, new Weights(graph, tensors));
        residual = new ResidualBlocks(layers, config.normGroups(), EPSILON, Optional.empty(), 0);
    }

    /** Builds the graph of a decoder. */
    public static ModelGraph build(VaeConfig config, TensorSource tensors) throws ModelException {
        return new ModelGraph("vae_decoder", new VaeDecoderGraph(config, tensors).build(), tensors.folder());
    }

    private byte[] build() throws ModelException {
        int latentChannels = config.latentChannels();
        Value x = unscaled(graph.input(LATENTS, ElementType.FLOAT, "batch", latentChannels, "height", "width"));
        if (config.postQuantConv()) {
            x = layers.convolution(x, "post_quant_conv", latentChannels, latentChannels, 1);
        }
        int blocks = config.channels().size();
        int channels = config.channels().get(blocks - 1);
        x = layers.convolution(x, "decoder.conv_in", latentChannels, channels, 3);
        x = residual.add(x, "decoder.mid_block.resnets.0", channels, channels);
        if (config.middleAttention()) {
            x = attention(x, "decoder.mid_block.attentions.0", channels);
        }
        x = residual.add(x, "decoder.mid_block.resnets.1", channels, channels);
        for (int block = 0; block < blocks; block++) {
            int out = config.channels().get(blocks - 1 - block);
            x = up(x, "decoder.up_blocks." + block, channels, out, block < blocks - 1);
            channels = out;
        }
        x = layers.silu(layers.groupNorm(x, "decoder.conv_norm_out", channels, config.normGroups(), EPSILON));
        x = layers.convolution(x, "decoder.conv_out", channels, config.outChannels(), 3);
        graph.output(PICTURE, x, ElementType.FLOAT, "batch", config.outChannels(), "picture_height", "picture_width");
        return graph.toByteArray("vae_decoder");
    }

    private Value unscaled(Value latents) {
        Value x = graph.node("Div", List.of(latents, graph.constant((float) config.scalingFactor())));
        return config.shiftFactor() == 0 ? x : layers.add(x, graph.constant((float) config.shiftFactor()));
    }

    private Value up(Value x, String name, int in, int out, boolean enlarge) throws ModelException {
        for (int layer = 0; layer <= config.layersPerBlock(); layer++) {
            x = residual.add(x, name + ".resnets." + layer, layer == 0 ? in : out, out);
        }
        return enlarge ? layers.convolution(layers.twice(x), name + ".upsamplers.0.conv", out, out, 3) : x;
    }

    /** One head over all channels. */
    private Value attention(Value x, String name, int channels) throws ModelException {
        Value normal = layers.groupNorm(x, name + ".group_norm", channels, config.normGroups(), EPSILON);
        Value pixels = layers.pixels(normal, channels);
        // Checkpoints from before 2023 have the older names.
        boolean older = layers.weights().has(name + ".query.weight");
        Value query = layers.linear(pixels, name + (older ? ".query" : ".to_q"), channels, channels);
        Value key = layers.linear(pixels, name + (older ? ".key" : ".to_k"), channels, channels);
        Value value = layers.linear(pixels, name + (older ? ".value" : ".to_v"), channels, channels);
        Value attended = layers.attention(query, key, value, channels, 1, x);
        attended = layers.linear(attended, name + (older ? ".proj_attn" : ".to_out.0"), channels, channels);
        return layers.add(layers.picture(attended, channels, x), x);
    }
}
