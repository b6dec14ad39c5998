package dev.darkroom.worker.model.checkpoint;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the modules of a UNet are called in a single-file checkpoint, told from diffusers' names: {@link SingleFileUnet} the
 * other way round. Trainers of Stable Diffusion XL name LoRAs so. Immutable.
 */
final class OriginalUnetNames {
    private final Map<String, String> modules = new HashMap<>();

    OriginalUnetNames(UnetConfig config) {
        modules.putAll(Map.of(
                "conv_in", "input_blocks.0.0",
                "conv_out", "out.2",
                "time_embedding.linear_1", "time_embed.0",
                "time_embedding.linear_2", "time_embed.2",
                "time_embedding.cond_proj", "time_embed.cond_proj",
                "add_embedding.linear_1", "label_emb.0.0",
                "add_embedding.linear_2", "label_emb.0.2"));
        resnet("mid_block.resnets.0", "middle_block.0");
        modules.put("mid_block.attentions.0", "middle_block.1");
        resnet("mid_block.resnets.1", "middle_block.2");
        wayDown(config);
        wayUp(config);
    }

    private void resnet(String name, String original) {
        SingleFileUnet.RESNET.forEach((part, renamed) -> modules.put(name + "." + renamed, original + "." + part));
    }

    private void wayDown(UnetConfig config) {
        int block = 1;
        for (int level = 0; level < config.down().size(); level++) {
            for (int layer = 0; layer < config.down().get(level).resnets(); layer++) {
                resnet("down_blocks." + level + ".resnets." + layer, "input_blocks." + block + ".0");
                modules.put("down_blocks." + level + ".attentions." + layer, "input_blocks." + block + ".1");
                block++;
            }
            modules.put("down_blocks." + level + ".downsamplers.0.conv", "input_blocks." + block + ".0.op");
            block++;
        }
    }

    /** The upsampler is in the last block of its level, behind the attention if there is one. */
    private void wayUp(UnetConfig config) {
        int block = 0;
        for (int level = 0; level < config.up().size(); level++) {
            UnetConfig.Block blocks = config.up().get(level);
            for (int layer = 0; layer < blocks.resnets(); layer++) {
                resnet("up_blocks." + level + ".resnets." + layer, "output_blocks." + block + ".0");
                modules.put("up_blocks." + level + ".attentions." + layer, "output_blocks." + block + ".1");
                block++;
            }
            int place = blocks.transformerLayers() > 0 ? 2 : 1;
            modules.put(
                    "up_blocks." + level + ".upsamplers.0.conv",
                    "output_blocks." + (block - 1) + "." + place + ".conv");
        }
    }

    /** The original name of a module that has weights; the innermost known module around it decides. */
    Optional<String> of(String module) {
        for (int end = module.length(); end > 0; end = module.lastIndexOf('.', end - 1)) {
            String original = modules.get(module.substring(0, end));
            if (original != null) {
                return Optional.of(original + module.substring(end));
            }
        }
        return Optional.empty();
    }
}
