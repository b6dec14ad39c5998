package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;

/**
 * Shape of a CLIP text encoder: {@code text_encoder/config.json} of a diffusers folder.
 *
 * @param tokens length of a row of ids ({@code max_position_embeddings})
 */
public record ClipTextConfig(
        int vocabulary,
        int tokens,
        int width,
        int intermediateWidth,
        int layers,
        int heads,
        Activation activation,
        float normEpsilon) {

    /** Reads the configuration; absent keys have the values that transformers gives them. */
    public static ClipTextConfig read(ConfigFile config) throws ModelException {
        String type = config.text("model_type").orElse("clip_text_model");
        if (!type.equals("clip_text_model")) {
            throw config.unsupported("model_type", type);
        }
        String act = config.text("hidden_act").orElse("quick_gelu");
        Activation activation;
        switch (act) {
            case "quick_gelu" -> activation = Activation.QUICK_GELU;
            case "gelu" -> activation = Activation.GELU;
            default -> throw config.unsupported("hidden_act", act);
        }
        ClipTextConfig read = new ClipTextConfig(
                config.integer("vocab_size", 49_408),
                config.integer("max_position_embeddings", 77),
                config.integer("hidden_size", 512),
                config.integer("intermediate_size", 2048),
                config.integer("num_hidden_layers", 12),
                config.integer("num_attention_heads", 8),
                activation,
                Limits.epsilon(config, "layer_norm_eps", 1e-5));
        read.check(config);
        return read;
    }

    private void check(ConfigFile config) throws ModelException {
        Limits.check(config, "vocab_size", vocabulary, 1 << 20);
        Limits.check(config, "max_position_embeddings", tokens, 1 << 16);
        Limits.check(config, "hidden_size", width, Limits.WIDTH);
        Limits.check(config, "intermediate_size", intermediateWidth, Limits.WIDTH);
        Limits.check(config, "num_hidden_layers", layers, Limits.LAYERS);
        Limits.check(config, "num_attention_heads", heads, width);
        Limits.divides(config, "num_attention_heads", heads, "hidden_size", width);
    }
}
