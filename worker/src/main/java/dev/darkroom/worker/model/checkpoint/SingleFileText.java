package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The text encoder of a single-file checkpoint: OpenAI's CLIP under the names of transformers, with or without {@code
 * text_model.}, or OpenCLIP under its own, with query, key and value of an attention in one tensor.
 */
final class SingleFileText {
    private static final Map<String, String> LAYER = Map.of(
            "ln_1", "layer_norm1",
            "ln_2", "layer_norm2",
            "mlp.c_fc", "mlp.fc1",
            "mlp.c_proj", "mlp.fc2",
            "attn.out_proj", "self_attn.out_proj");

    /** Layers of OpenCLIP's ViT-H/14 that Stable Diffusion 2 uses; the last one is stored as well. */
    private static final int VIT_H_LAYERS_USED = 23;

    private SingleFileText() {}

    /**
     * All tensors by the names of transformers, without {@code text_model.}; but OpenCLIP's projection, which is stored
     * transposed, is called {@code text_projection}.
     *
     * @param prefix of the encoder's tensors in the file
     */
    static Map<String, TensorEntry> tensors(SafetensorsFile file, TextKind kind, String prefix) throws ModelException {
        return kind == TextKind.CLIP ? clip(file, prefix) : openClip(file, prefix);
    }

    private static Map<String, TensorEntry> clip(SafetensorsFile file, String prefix) {
        Renaming names = new Renaming(file, prefix);
        for (String module : List.of("embeddings", "encoder", "final_layer_norm")) {
            names.put(module, module);
            names.put("text_model." + module, module);
        }
        return names.tensors();
    }

    private static Map<String, TensorEntry> openClip(SafetensorsFile file, String prefix) throws ModelException {
        Renaming names = new Renaming(file, prefix);
        names.put("token_embedding", "embeddings.token_embedding");
        names.put("ln_final", "final_layer_norm");
        int blocks = 0;
        for (; names.has("transformer.resblocks." + blocks + ".ln_1.weight"); blocks++) {
            String block = "transformer.resblocks." + blocks + ".";
            String layer = "encoder.layers." + blocks + ".";
            LAYER.forEach((part, renamed) -> names.put(block + part, layer + renamed));
        }
        Map<String, TensorEntry> tensors = new HashMap<>(names.tensors());
        file.find(prefix + "positional_embedding")
                .ifPresent(tensor -> tensors.put("embeddings.position_embedding.weight", tensor));
        file.find(prefix + "text_projection").ifPresent(tensor -> tensors.put("text_projection", tensor));
        for (int i = 0; i < blocks; i++) {
            for (String kind : List.of("weight", "bias")) {
                split(file, prefix + "transformer.resblocks." + i + ".attn.in_proj_" + kind, i, kind, tensors);
            }
        }
        return tensors;
    }

    private static void split(
            SafetensorsFile file, String key, int layer, String kind, Map<String, TensorEntry> tensors)
            throws ModelException {
        TensorEntry whole =
                file.find(key).orElseThrow(() -> new ModelException(file.path() + ": there is no tensor " + key));
        List<String> parts = List.of("q_proj", "k_proj", "v_proj");
        for (int i = 0; i < parts.size(); i++) {
            TensorEntry part = Renaming.part(whole, i, parts.size())
                    .orElseThrow(() -> new ModelException(file.path() + ": tensor " + key + " has the shape "
                            + whole.shape() + ", which is not query, key and value"));
            tensors.put("encoder.layers." + layer + ".self_attn." + parts.get(i) + "." + kind, part);
        }
    }

    /** The configuration that the shapes tell, for so many layers. */
    static ClipTextConfig config(Shapes shapes, TextKind kind, int layers) throws ModelException {
        int width = shapes.dimension("embeddings.token_embedding.weight", 1);
        return ClipTextConfig.read(ConfigFile.of(
                shapes.file(),
                Map.of(
                        "vocab_size", shapes.dimension("embeddings.token_embedding.weight", 0),
                        "max_position_embeddings", shapes.dimension("embeddings.position_embedding.weight", 0),
                        "hidden_size", width,
                        "intermediate_size", shapes.dimension("encoder.layers.0.mlp.fc1.weight", 0),
                        "num_hidden_layers", layers,
                        "num_attention_heads", Math.max(1, width / Family.HEAD_WIDTH),
                        "hidden_act", kind.activation())));
    }

    /**
     * How many of the stored layers are used. Stable Diffusion 2 takes the text from the last layer but one. Original
     * files hold the whole OpenCLIP, that is with the last layer and the projection behind it; files made from a
     * diffusers folder hold neither.
     */
    static int layers(Shapes shapes, Family family) {
        int stored = shapes.count("encoder.layers.%d.layer_norm1.weight");
        if (family != Family.SD2 || stored == VIT_H_LAYERS_USED) {
            return stored;
        }
        return stored > VIT_H_LAYERS_USED || shapes.has("text_projection") ? stored - 1 : stored;
    }

    /** The tensors without those of layers that are not used, and of the projection behind the last of them. */
    static Map<String, TensorEntry> used(Shapes shapes, int layers) {
        int stored = shapes.count("encoder.layers.%d.layer_norm1.weight");
        if (stored == layers) {
            return shapes.tensors();
        }
        Map<String, TensorEntry> used = new HashMap<>(shapes.tensors());
        used.remove("text_projection");
        for (int layer = layers; layer < stored; layer++) {
            String unused = "encoder.layers." + layer + ".";
            used.keySet().removeIf(name -> name.startsWith(unused));
        }
        return used;
    }
}
