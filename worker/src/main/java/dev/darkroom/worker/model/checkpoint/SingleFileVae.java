package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The VAE of a single-file checkpoint. Its decoder counts the levels from the largest picture, diffusers' from the
 * smallest; the matrices of its attention are 1x1 convolutions.
 */
final class SingleFileVae {
    static final String PREFIX = "first_stage_model.";

    private static final Map<String, String> ATTENTION = Map.of(
            "norm", "group_norm",
            "q", "to_q",
            "k", "to_k",
            "v", "to_v",
            "proj_out", "to_out.0");

    private SingleFileVae() {}

    /**
     * All tensors by diffusers' names.
     *
     * @param prefix of the VAE's tensors in the file
     * @throws UnsupportedModelException when one half has a tensor that this network does not have: without it, it would
     *     be another network. What else is there, a discriminator above all, is left alone
     */
    static Map<String, TensorEntry> tensors(SafetensorsFile file, String prefix) throws UnsupportedModelException {
        Renaming names = new Renaming(file, prefix);
        names.put("quant_conv", "quant_conv");
        names.put("post_quant_conv", "post_quant_conv");
        for (String half : List.of("encoder", "decoder")) {
            names.put(half + ".conv_in", half + ".conv_in");
            names.put(half + ".norm_out", half + ".conv_norm_out");
            names.put(half + ".conv_out", half + ".conv_out");
            resnet(names, half + ".mid.block_1", half + ".mid_block.resnets.0");
            resnet(names, half + ".mid.block_2", half + ".mid_block.resnets.1");
            ATTENTION.forEach((part, renamed) ->
                    names.put(half + ".mid.attn_1." + part, half + ".mid_block.attentions.0." + renamed));
        }
        int levels = 0;
        while (names.has("decoder.up." + levels + ".block.0.norm1.weight")) {
            levels++;
        }
        for (int level = 0; level < levels; level++) {
            String down = "encoder.down_blocks." + level;
            names.put("encoder.down." + level + ".downsample.conv", down + ".downsamplers.0.conv");
            resnets(names, "encoder.down." + level + ".block.", down + ".resnets.");
            String up = "decoder.up_blocks." + (levels - 1 - level);
            names.put("decoder.up." + level + ".upsample.conv", up + ".upsamplers.0.conv");
            resnets(names, "decoder.up." + level + ".block.", up + ".resnets.");
        }
        refuseUnknown(names, file);
        return withMatrices(names.tensors());
    }

    private static void refuseUnknown(Renaming names, SafetensorsFile file) throws UnsupportedModelException {
        for (String half : List.of("encoder.", "decoder.")) {
            Optional<String> unknown = names.unknown(half);
            if (unknown.isPresent()) {
                throw new UnsupportedModelException(
                        file.path() + " has a VAE with a tensor that Stable Diffusion's have not: "
                                + ConfigFile.abbreviated(unknown.get()));
            }
        }
    }

    /** The tensors, changed in place so that an attention has matrices where it has 1x1 convolutions. */
    static Map<String, TensorEntry> withMatrices(Map<String, TensorEntry> tensors) {
        tensors.replaceAll((name, tensor) -> name.contains(".attentions.") ? Renaming.matrix(tensor) : tensor);
        return tensors;
    }

    private static void resnets(Renaming names, String name, String inDiffusers) {
        for (int i = 0; names.has(name + i + ".norm1.weight"); i++) {
            resnet(names, name + i, inDiffusers + i);
        }
    }

    private static void resnet(Renaming names, String name, String inDiffusers) {
        names.put(name, inDiffusers);
        names.put(name + ".nin_shortcut", inDiffusers + ".conv_shortcut");
    }

    /** The configuration that the shapes tell. */
    static VaeConfig config(Shapes shapes, double scalingFactor) throws ModelException {
        int levels = shapes.count("decoder.up_blocks.%d.resnets.0.norm1.weight");
        List<Integer> channels = new ArrayList<>();
        for (int level = levels - 1; level >= 0; level--) {
            channels.add(shapes.dimension("decoder.up_blocks." + level + ".resnets.0.conv1.weight", 0));
        }
        return VaeConfig.read(ConfigFile.of(
                shapes.file(),
                Map.of(
                        "scaling_factor", scalingFactor,
                        "out_channels", shapes.dimension("decoder.conv_out.weight", 0),
                        "latent_channels", shapes.dimension("decoder.conv_in.weight", 1),
                        "block_out_channels", channels,
                        "layers_per_block", shapes.count("decoder.up_blocks.0.resnets.%d.norm1.weight") - 1,
                        "mid_block_add_attention", shapes.has("decoder.mid_block.attentions.0.group_norm.weight"),
                        "use_quant_conv", shapes.has("quant_conv.weight"),
                        "use_post_quant_conv", shapes.has("post_quant_conv.weight"))));
    }
}
