package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The UNet of a single-file checkpoint. There, all modules of a way are numbered through: {@code input_blocks.4.1} is
 * what diffusers calls {@code down_blocks.1.attentions.0}.
 */
final class SingleFileUnet {
    static final String PREFIX = "model.diffusion_model.";

    /** Modules of a residual block, and what diffusers calls them. */
    static final Map<String, String> RESNET = Map.of(
            "in_layers.0", "norm1",
            "in_layers.2", "conv1",
            "emb_layers.1", "time_emb_proj",
            "out_layers.0", "norm2",
            "out_layers.3", "conv2",
            "skip_connection", "conv_shortcut");

    /** Width of the sinusoid of each number that Stable Diffusion XL is told of the size. */
    private static final int ADDED_FREQUENCIES = 256;

    /** What a model was distilled to take its guidance in by. */
    private static final String GUIDANCE = "time_embedding.cond_proj.weight";

    private SingleFileUnet() {}

    /**
     * All tensors by diffusers' names.
     *
     * @throws UnsupportedModelException when there is one that this network does not have: without it, it would be
     *     another network
     */
    static Map<String, TensorEntry> tensors(SafetensorsFile file) throws UnsupportedModelException {
        Renaming names = new Renaming(file, PREFIX);
        names.put("time_embed.0", "time_embedding.linear_1");
        names.put("time_embed.2", "time_embedding.linear_2");
        names.put("time_embed.cond_proj", "time_embedding.cond_proj");
        names.put("label_emb.0.0", "add_embedding.linear_1");
        names.put("label_emb.0.2", "add_embedding.linear_2");
        names.put("input_blocks.0.0", "conv_in");
        names.put("out.0", "conv_norm_out");
        names.put("out.2", "conv_out");
        resnet(names, "middle_block.0", "mid_block.resnets.0");
        names.put("middle_block.1", "mid_block.attentions.0");
        resnet(names, "middle_block.2", "mid_block.resnets.1");
        wayDown(names);
        wayUp(names);
        Optional<String> unknown = names.unknown("");
        if (unknown.isPresent()) {
            throw new UnsupportedModelException(
                    file.path() + " has a UNet with a tensor that Stable Diffusion's have not: "
                            + ConfigFile.abbreviated(unknown.get()));
        }
        return names.tensors();
    }

    /** Whether the first convolution takes as many channels as the last one gives. */
    static boolean takesLatentsOnly(SafetensorsFile file) {
        Optional<Long> taken = file.find(PREFIX + "input_blocks.0.0.weight").flatMap(first -> at(first, 1));
        return taken.equals(file.find(PREFIX + "out.2.weight").flatMap(last -> at(last, 0)));
    }

    private static Optional<Long> at(TensorEntry tensor, int index) {
        return tensor.shape().stream().skip(index).findFirst();
    }

    private static void resnet(Renaming names, String name, String inDiffusers) {
        RESNET.forEach((part, renamed) -> names.put(name + "." + part, inDiffusers + "." + renamed));
    }

    private static void wayDown(Renaming names) {
        int level = 0;
        int layer = 0;
        for (int i = 1; ; i++) {
            String block = "input_blocks." + i;
            if (names.has(block + ".0.op.weight")) {
                names.put(block + ".0.op", "down_blocks." + level + ".downsamplers.0.conv");
                level++;
                layer = 0;
            } else if (names.has(block + ".0.in_layers.0.weight")) {
                resnet(names, block + ".0", "down_blocks." + level + ".resnets." + layer);
                names.put(block + ".1", "down_blocks." + level + ".attentions." + layer);
                layer++;
            } else {
                return;
            }
        }
    }

    /** A level ends with its upsampler, which comes behind the attention if there is one. */
    private static void wayUp(Renaming names) {
        int level = 0;
        int layer = 0;
        for (int i = 0; names.has("output_blocks." + i + ".0.in_layers.0.weight"); i++) {
            String block = "output_blocks." + i;
            String diffusers = "up_blocks." + level;
            resnet(names, block + ".0", diffusers + ".resnets." + layer);
            if (names.has(block + ".1.norm.weight")) {
                names.put(block + ".1", diffusers + ".attentions." + layer);
            }
            layer++;
            for (String upsampler : List.of(block + ".1.conv", block + ".2.conv")) {
                if (names.has(upsampler + ".weight")) {
                    names.put(upsampler, diffusers + ".upsamplers.0.conv");
                    level++;
                    layer = 0;
                }
            }
        }
    }

    /**
     * The configuration that the shapes tell.
     *
     * @param family decides how many heads an attention has, which no shape tells
     */
    static UnetConfig config(Shapes shapes, Family family, int sampleSize) throws ModelException {
        int levels = Math.max(1, shapes.count("down_blocks.%d.resnets.0.norm1.weight"));
        List<Integer> channels = new ArrayList<>();
        List<Integer> depths = new ArrayList<>();
        List<Integer> heads = new ArrayList<>();
        List<String> down = new ArrayList<>();
        List<String> up = new ArrayList<>();
        for (int level = 0; level < levels; level++) {
            String block = "down_blocks." + level;
            int width = shapes.dimension(block + ".resnets.0.conv1.weight", 0);
            int depth = shapes.count(block + ".attentions.0.transformer_blocks.%d.norm1.weight");
            channels.add(width);
            depths.add(Math.max(depth, 1));
            heads.add(family.heads(width));
            down.add(depth == 0 ? "DownBlock2D" : "CrossAttnDownBlock2D");
            up.add(0, depth == 0 ? "UpBlock2D" : "CrossAttnUpBlock2D");
        }
        Map<String, Object> config = new HashMap<>();
        config.put("in_channels", shapes.dimension("conv_in.weight", 1));
        config.put("out_channels", shapes.dimension("conv_out.weight", 0));
        config.put("sample_size", sampleSize);
        config.put("block_out_channels", channels);
        config.put("layers_per_block", shapes.count("down_blocks.0.resnets.%d.norm1.weight"));
        config.put("transformer_layers_per_block", depths);
        config.put("attention_head_dim", heads); // the number of heads: an old mistake
        config.put("down_block_types", down);
        config.put("up_block_types", up);
        String middle = "mid_block.attentions.0.";
        config.put("cross_attention_dim", shapes.dimension(middle + "transformer_blocks.0.attn2.to_k.weight", 1));
        config.put("time_embedding_dim", shapes.dimension("time_embedding.linear_1.weight", 0));
        config.put("use_linear_projection", !shapes.isConvolution(middle + "proj_in.weight"));
        config.put("upcast_attention", family == Family.SD2); // what its configurations in diffusers say, since 2.1
        config.putAll(conditions(shapes));
        return UnetConfig.read(ConfigFile.of(shapes.file(), config));
    }

    /** What the UNet is told besides timestep and text. */
    private static Map<String, Object> conditions(Shapes shapes) throws ModelException {
        Map<String, Object> conditions = new HashMap<>();
        if (shapes.has(GUIDANCE)) {
            conditions.put("time_cond_proj_dim", shapes.dimension(GUIDANCE, 1));
        }
        if (shapes.has("add_embedding.linear_1.weight")) {
            conditions.put("addition_embed_type", "text_time");
            conditions.put("addition_time_embed_dim", ADDED_FREQUENCIES);
            conditions.put(
                    "projection_class_embeddings_input_dim", shapes.dimension("add_embedding.linear_1.weight", 1));
        }
        return conditions;
    }
}
