package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;

/**
 * Settings of a {@code UNet2DConditionModel} that change what it computes, and belong to models that are not run: each
 * must have its neutral value.
 */
final class UnetVariants {
    private UnetVariants() {}

    static void refuseOthers(ConfigFile config) throws ModelException {
        String name = config.text("_class_name").orElse("UNet2DConditionModel");
        if (!name.equals("UNet2DConditionModel")) {
            throw config.unsupported("_class_name", name);
        }
        refuseOtherBlocks(config);
        refuseOtherEmbeddings(config);
        if (config.has("norm_num_groups") && config.isNull("norm_num_groups")) {
            throw config.unsupported("norm_num_groups", null); // no normalisation at all
        }
    }

    private static void refuseOtherBlocks(ConfigFile config) throws ModelException {
        config.refuseUnless("act_fn", "silu", "swish");
        config.refuseUnless("attention_type", "default");
        config.refuseUnless("center_input_sample", false);
        config.refuseUnless("cross_attention_norm");
        config.refuseUnless("dual_cross_attention", false);
        config.refuseUnless("mid_block_only_cross_attention", false);
        config.refuseUnless("mid_block_scale_factor", 1);
        config.refuseUnless("num_attention_heads");
        config.refuseUnless("only_cross_attention", false);
        config.refuseUnless("resnet_out_scale_factor", 1);
        config.refuseUnless("resnet_skip_time_act", false);
        config.refuseUnless("resnet_time_scale_shift", "default");
        config.refuseUnless("reverse_transformer_layers_per_block");
    }

    private static void refuseOtherEmbeddings(ConfigFile config) throws ModelException {
        config.refuseUnless("addition_embed_type", "text_time");
        config.refuseUnless("class_embed_type");
        config.refuseUnless("encoder_hid_dim");
        config.refuseUnless("encoder_hid_dim_type");
        config.refuseUnless("num_class_embeds");
        config.refuseUnless("time_embedding_act_fn");
        config.refuseUnless("time_embedding_type", "positional");
        config.refuseUnless("timestep_post_act");
    }
}
