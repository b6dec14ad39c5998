package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import java.util.Collections;
import java.util.List;

/**
 * Shape of an {@code AutoencoderKL}: {@code vae/config.json} of a diffusers folder.
 *
 * @param channels of each resolution, largest picture first
 * @param layersPerBlock residual blocks for each resolution of the encoder; the decoder has one more
 * @param middleAttention whether there is an attention at the smallest resolution
 * @param scalingFactor latents leave the encoder multiplied by it
 * @param shiftFactor subtracted from latents before that, 0 in Stable Diffusion 1, 2 and XL
 * @param forceUpcast {@code force_upcast}: whether Stable Diffusion XL's VAE overflows in float16; another family's never
 *     does, whatever is said
 */
public record VaeConfig(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> channels,
        int layersPerBlock,
        int normGroups,
        boolean middleAttention,
        boolean quantConv,
        boolean postQuantConv,
        double scalingFactor,
        double shiftFactor,
        boolean forceUpcast) {

    public VaeConfig {
        channels = List.copyOf(channels);
    }

    /** Pixels on a side for each latent. */
    public int scale() {
        return 1 << (channels.size() - 1);
    }

    /** Reads the configuration; absent keys have the values that diffusers gives them. */
    public static VaeConfig read(ConfigFile config) throws ModelException {
        String name = config.text("_class_name").orElse("AutoencoderKL");
        if (!name.equals("AutoencoderKL")) {
            throw config.unsupported("_class_name", name);
        }
        config.refuseUnless("act_fn", "silu", "swish");
        config.refuseUnless("latents_mean");
        config.refuseUnless("latents_std");
        config.refuseUnless("out_channels", 3); // a picture is red, green and blue
        List<Integer> channels = config.integers("block_out_channels", List.of(64));
        if (channels.isEmpty() || channels.size() > 8) {
            throw config.unsupported("block_out_channels", channels);
        }
        checkTypes(config, "down_block_types", "DownEncoderBlock2D", channels.size());
        checkTypes(config, "up_block_types", "UpDecoderBlock2D", channels.size());
        VaeConfig read = new VaeConfig(
                config.integer("in_channels", 3),
                config.integer("out_channels", 3),
                config.integer("latent_channels", 4),
                channels,
                config.integer("layers_per_block", 1),
                config.integer("norm_num_groups", 32),
                config.flag("mid_block_add_attention", true),
                config.flag("use_quant_conv", true),
                config.flag("use_post_quant_conv", true),
                config.number("scaling_factor", 0.18215),
                config.number("shift_factor", 0),
                config.flag("force_upcast", true));
        read.check(config);
        return read;
    }

    private static void checkTypes(ConfigFile config, String key, String only, int count) throws ModelException {
        List<String> types = config.texts(key, Collections.nCopies(count, only));
        if (types.size() != count || types.stream().anyMatch(type -> !type.equals(only))) {
            throw config.unsupported(key, types);
        }
    }

    private void check(ConfigFile config) throws ModelException {
        Limits.check(config, "in_channels", inChannels, Limits.WIDTH);
        Limits.check(config, "latent_channels", latentChannels, Limits.WIDTH);
        Limits.check(config, "layers_per_block", layersPerBlock, Limits.LAYERS);
        Limits.check(config, "norm_num_groups", normGroups, Limits.WIDTH);
        for (int width : channels) {
            Limits.check(config, "block_out_channels", width, Limits.WIDTH);
            Limits.divides(config, "norm_num_groups", normGroups, "block_out_channels", width);
        }
        if (!(scalingFactor > 0 && scalingFactor < Double.POSITIVE_INFINITY)) {
            throw config.error("scaling_factor must be a positive number, not " + scalingFactor);
        }
        if (!Double.isFinite(shiftFactor)) {
            throw config.error("shift_factor must be a finite number, not " + shiftFactor);
        }
    }
}
