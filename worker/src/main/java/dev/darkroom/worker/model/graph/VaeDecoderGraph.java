package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import java.util.List;

/**
 * The decoder of an {@code AutoencoderKL} as diffusers computes it, for any number and size of latents.
 *
 * <p>Input, float32: {@value #LATENTS} {@code (batch, channels, height, width)}, as they leave the denoising loop; the
 * graph undoes their scaling. Output: {@value #PICTURE} {@code (batch, 3, scale * height, scale * width)}.
 */
public final class VaeDecoderGraph {
    public static final String LATENTS = "latents";
    public static final String PICTURE = "picture";

    private final VaeConfig config;
    private final VaeLayers vae;
    private final Layers layers;

    private VaeDecoderGraph(VaeConfig config, TensorSource tensors, GraphForm form) {
        this.config = config;
        vae = new VaeLayers(config, tensors, form);
        layers = vae.layers();
    }

    /** Builds the graph of a decoder. */
    public static ModelGraph build(VaeConfig config, TensorSource tensors, GraphForm form) throws ModelException {
        return new VaeDecoderGraph(config, tensors, form).build();
    }

    private ModelGraph build() throws ModelException {
        int latentChannels = config.latentChannels();
        Value x =
                unscaled(layers.graph().input(LATENTS, ElementType.FLOAT, "batch", latentChannels, "height", "width"));
        if (config.postQuantConv()) {
            x = layers.convolution(x, "post_quant_conv", latentChannels, latentChannels, 1);
        }
        int blocks = config.channels().size();
        int channels = config.channels().get(blocks - 1);
        x = layers.convolution(x, "decoder.conv_in", latentChannels, channels, 3);
        x = vae.middle(x, "decoder.mid_block", channels);
        for (int block = 0; block < blocks; block++) {
            int out = config.channels().get(blocks - 1 - block);
            x = up(x, "decoder.up_blocks." + block, channels, out, block);
            channels = out;
        }
        x = vae.end(x, "decoder", channels, config.outChannels());
        layers.output(PICTURE, x, "batch", config.outChannels(), "picture_height", "picture_width");
        return layers.model("vae_decoder");
    }

    /** In float32 still: a factor that float16 does not have exactly would change the contrast of the whole picture. */
    private Value unscaled(Value latents) {
        OnnxGraph graph = layers.graph();
        Value x = graph.node("Div", List.of(latents, graph.constant((float) config.scalingFactor())));
        if (config.shiftFactor() != 0) {
            x = graph.node("Add", List.of(x, graph.constant((float) config.shiftFactor())));
        }
        return layers.converted(x);
    }

    private Value up(Value x, String name, int in, int out, int block) throws ModelException {
        for (int layer = 0; layer <= config.layersPerBlock(); layer++) {
            x = vae.residual(x, name + ".resnets." + layer, layer == 0 ? in : out, out);
        }
        boolean last = block == config.channels().size() - 1;
        return last ? x : layers.convolution(layers.twice(x), name + ".upsamplers.0.conv", out, out, 3);
    }
}
