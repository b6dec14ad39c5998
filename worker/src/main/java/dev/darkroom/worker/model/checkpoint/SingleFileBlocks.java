package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The blocks of a UNet that its configuration says, against those that its file has. A configuration that is told from
 * shapes takes the first block of a level for all. Pruned networks have attentions of several depths in one level;
 * without what is too many they would run, and make other pictures.
 */
final class SingleFileBlocks {
    /** A tensor in a residual block or in a transformer, in diffusers' words. */
    private static final Pattern MODULE = Pattern.compile(
            "(.*?_blocks?\\.(?:\\d+\\.)?(?:resnets|attentions)\\.\\d+)(\\.transformer_blocks\\.\\d+)?\\..*");

    private SingleFileBlocks() {}

    /** Refuses a UNet with a block that the configuration has not. */
    static void refuseOthers(Shapes unet, UnetConfig config) throws UnsupportedModelException {
        Set<String> known = modules(config);
        for (Map.Entry<String, TensorEntry> tensor : unet.tensors().entrySet()) {
            Matcher module = MODULE.matcher(tensor.getKey());
            if (module.matches()
                    && !(known.contains(module.group(1))
                            && (module.group(2) == null || known.contains(module.group(1) + module.group(2))))) {
                throw new UnsupportedModelException(
                        unet.file() + " has a UNet whose blocks are not those of Stable Diffusion 1.x, 2.x or XL: "
                                + ConfigFile.abbreviated(tensor.getValue().name()) + " is one too many");
            }
        }
    }

    private static Set<String> modules(UnetConfig config) {
        Set<String> modules = new HashSet<>(Set.of("mid_block.resnets.0", "mid_block.resnets.1"));
        config.middle()
                .forEach(middle -> addTransformer(modules, "mid_block.attentions.0", middle.transformerLayers()));
        addBlocks(modules, "down_blocks.", config.down());
        addBlocks(modules, "up_blocks.", config.up());
        return modules;
    }

    private static void addBlocks(Set<String> modules, String way, List<UnetConfig.Block> blocks) {
        for (int level = 0; level < blocks.size(); level++) {
            UnetConfig.Block block = blocks.get(level);
            for (int i = 0; i < block.resnets(); i++) {
                modules.add(way + level + ".resnets." + i);
                addTransformer(modules, way + level + ".attentions." + i, block.transformerLayers());
            }
        }
    }

    private static void addTransformer(Set<String> modules, String name, int layers) {
        if (layers > 0) {
            modules.add(name);
        }
        for (int layer = 0; layer < layers; layer++) {
            modules.add(name + ".transformer_blocks." + layer);
        }
    }
}
