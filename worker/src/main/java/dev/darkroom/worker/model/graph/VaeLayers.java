package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import java.util.Optional;

/** What both halves of an {@code AutoencoderKL} are made of. */
final class VaeLayers {
    /** Of all normalisations: fixed in diffusers, not configured. */
    private static final float EPSILON = 1e-6f;

    private final VaeConfig config;
    private final Layers layers;
    private final ResidualBlocks residual;

    VaeLayers(VaeConfig config, TensorSource tensors, GraphForm form) {
        this.config = config;
        layers = new Layers(tensors, form);
        residual = new ResidualBlocks(layers, config.normGroups(), EPSILON, Optional.empty(), 0);
    }

    Layers layers() {
        return layers;
    }

    Value residual(Value x, String name, int in, int out) throws ModelException {
        return residual.add(x, name, in, out);
    }

    /** The middle: residual block, attention in most models, residual block. */
    Value middle(Value x, String name, int channels) throws ModelException {
        Value h = residual(x, name + ".resnets.0", channels, channels);
        if (config.middleAttention()) {
            h = attention(h, name + ".attentions.0", channels);
        }
        return residual(h, name + ".resnets.1", channels, channels);
    }

    /** The norm, SiLU and convolution that end a half. */
    Value end(Value x, String half, int in, int out) throws ModelException {
        Value normal = layers.groupNormSilu(x, half + ".conv_norm_out", in, config.normGroups(), EPSILON);
        return layers.convolution(normal, half + ".conv_out", in, out, 3);
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
