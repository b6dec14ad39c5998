package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.checkpoint.VaeConfig;

/**
 * The encoder of an {@code AutoencoderKL} as diffusers computes it, for any number and size of pictures.
 *
 * <p>Input, float32: {@value #PICTURE} {@code (batch, 3, height, width)}, -1 to 1. Output: {@value #MOMENTS}
 * {@code (batch, 2 * channels, height / scale, width / scale)}: the means of the latents, then the logarithms of their
 * variances, neither scaled nor clamped.
 */
public final class VaeEncoderGraph {
    /** What its graph is called. */
    public static final String NAME = "vae_encoder";

    public static final String PICTURE = "picture";
    public static final String MOMENTS = "moments";

    private final VaeConfig config;
    private final VaeLayers vae;
    private final Layers layers;

    private VaeEncoderGraph(VaeConfig config, TensorSource tensors, GraphForm form) {
        this.config = config;
        vae = new VaeLayers(config, tensors, form);
        layers = vae.layers();
    }

    /** Builds the graph of an encoder. */
    public static ModelGraph build(VaeConfig config, TensorSource tensors, GraphForm form) throws ModelException {
        return new VaeEncoderGraph(config, tensors, form).build();
    }

    private ModelGraph build() throws ModelException {
        int channels = config.channels().get(0);
        Value x = layers.input(PICTURE, "batch", config.inChannels(), "picture_height", "picture_width");
        x = layers.convolution(x, "encoder.conv_in", config.inChannels(), channels, 3);
        for (int block = 0; block < config.channels().size(); block++) {
            int out = config.channels().get(block);
            x = down(x, "encoder.down_blocks." + block, channels, out, block);
            channels = out;
        }
        x = vae.middle(x, "encoder.mid_block", channels);
        int moments = 2 * config.latentChannels();
        x = vae.end(x, "encoder", channels, moments);
        if (config.quantConv()) {
            x = layers.convolution(x, "quant_conv", moments, moments, 1);
        }
        layers.output(MOMENTS, x, "batch", moments, "height", "width");
        return layers.model(NAME);
    }

    private Value down(Value x, String name, int in, int out, int block) throws ModelException {
        for (int layer = 0; layer < config.layersPerBlock(); layer++) {
            x = vae.residual(x, name + ".resnets." + layer, layer == 0 ? in : out, out);
        }
        boolean last = block == config.channels().size() - 1;
        // Zeros below and to the right only, unlike in a UNet.
        return last ? x : layers.convolution(x, name + ".downsamplers.0.conv", out, out, new Sliding(3, 2, 0, 1));
    }
}
