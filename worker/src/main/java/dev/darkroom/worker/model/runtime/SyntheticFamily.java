package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import java.util.Locale;
import java.util.Optional;

/** The shapes of the released models, of which {@link SyntheticCheckpoint} makes checkpoints. */
public enum SyntheticFamily {
    SD15("""
            {"_class_name": "UNet2DConditionModel", "sample_size": 64, "cross_attention_dim": 768,
             "attention_head_dim": 8, "block_out_channels": [320, 640, 1280, 1280]}
            """, Clip.LARGE, Optional.empty(), "epsilon"),
    SD21("""
            {"_class_name": "UNet2DConditionModel", "sample_size": 96, "cross_attention_dim": 1024,
             "attention_head_dim": [5, 10, 20, 20], "block_out_channels": [320, 640, 1280, 1280],
             "use_linear_projection": true, "upcast_attention": true}
            """, Clip.HUGE, Optional.empty(), "v_prediction"),
    SDXL("""
            {"_class_name": "UNet2DConditionModel", "sample_size": 128, "cross_attention_dim": 2048,
             "attention_head_dim": [5, 10, 20], "block_out_channels": [320, 640, 1280],
             "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
             "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
             "transformer_layers_per_block": [1, 2, 10], "use_linear_projection": true,
             "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
             "projection_class_embeddings_input_dim": 2816}
            """, Clip.LARGE, Optional.of(Clip.BIG_G), "epsilon");

    /** Of all three, but for what latents are multiplied by. */
    static final String VAE = """
            {"_class_name": "AutoencoderKL", "block_out_channels": [128, 256, 512, 512], "layers_per_block": 2}
            """;

    /** Text encoders. */
    private static final class Clip {
        private static final String LARGE = """
                {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12}
                """;
        private static final String HUGE = """
                {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23,
                 "num_attention_heads": 16, "hidden_act": "gelu"}
                """;
        private static final String BIG_G = """
                {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
                 "num_attention_heads": 20, "hidden_act": "gelu"}
                """;

        private Clip() {}
    }

    private final String unet;
    private final String text;
    private final Optional<String> secondText;
    private final String predictionType;

    SyntheticFamily(String unet, String text, Optional<String> secondText, String predictionType) {
        this.unet = unet;
        this.text = text;
        this.secondText = secondText;
        this.predictionType = predictionType;
    }

    /** As a command line has it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String unet() {
        return unet;
    }

    String text() {
        return text;
    }

    Optional<String> secondText() {
        return secondText;
    }

    /** What the UNet is given of the first text encoder's. */
    Output textOutput() {
        return secondText.isPresent() ? Output.PLAIN : Output.NORMED;
    }

    /** {@code scheduler_config.json}: the noise of Stable Diffusion's training. */
    String scheduler() {
        return """
                {"_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "scaled_linear",
                 "beta_start": 0.00085, "beta_end": 0.012, "clip_sample": false, "set_alpha_to_one": false,
                 "steps_offset": 1, "prediction_type": "%s"}
                """.formatted(predictionType);
    }

    /** {@code model_index.json}. */
    String index() {
        String second = """
                , "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
                 "tokenizer_2": ["transformers", "CLIPTokenizer"]
                """;
        return """
                {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"],
                 "vae": ["diffusers", "AutoencoderKL"], "scheduler": ["diffusers", "DDIMScheduler"],
                 "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"]%s}
                """.formatted(secondText.isPresent() ? second : "");
    }
}
