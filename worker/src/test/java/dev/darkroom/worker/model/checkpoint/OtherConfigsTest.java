package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations of the VAE and the text encoder. */
class OtherConfigsTest {
    @TempDir
    private Path folder;

    @Test
    void anEmptyVaeConfigurationHasTheDefaultsOfDiffusers() throws Exception {
        VaeConfig config = VaeConfig.read(read("{}"));
        assertThat(config.channels()).containsExactly(64);
        assertThat(config.layersPerBlock()).isEqualTo(1);
        assertThat(config.scalingFactor()).isEqualTo(0.18215);
        assertThat(config.shiftFactor()).isZero();
        assertThat(config.middleAttention()).isTrue();
        assertThat(config.postQuantConv()).isTrue();
        assertThat(config.scale()).isEqualTo(1);
    }

    @Test
    void anEmptyTextConfigurationHasTheDefaultsOfTransformers() throws Exception {
        ClipTextConfig config = ClipTextConfig.read(read("{}"));
        assertThat(config).isEqualTo(new ClipTextConfig(49_408, 77, 512, 2048, 12, 8, Activation.QUICK_GELU, 1e-5f));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            latents_mean        | [0, 0, 0, 0]
            act_fn              | "relu"
            down_block_types    | ["AttnDownEncoderBlock2D"]
            up_block_types      | ["UpDecoderBlock2D", "UpDecoderBlock2D"]
            block_out_channels  | [32, 32, 32, 32, 32, 32, 32, 32, 32]
            block_out_channels  | [33]
            scaling_factor      | 0
            scaling_factor      | "0.18215"
            scaling_factor      | 1e999
            norm_num_groups     | 0
            out_channels        | 4
            out_channels        | "3"
            _class_name         | "AsymmetricAutoencoderKL"
            """)
    void aVaeThatCannotBeBuiltIsRefusedByName(String key, String value) throws Exception {
        ConfigFile file = read("{\"" + key + "\": " + value + "}");
        assertThatThrownBy(() -> VaeConfig.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.path().toString(), key);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            hidden_act              | "relu"
            model_type              | "t5"
            num_attention_heads     | 7
            num_hidden_layers       | 1000000
            max_position_embeddings | 0
            layer_norm_eps          | "small"
            layer_norm_eps          | 0
            layer_norm_eps          | -Infinity
            layer_norm_eps          | 1e999
            """)
    void aTextEncoderThatCannotBeBuiltIsRefusedByName(String key, String value) throws Exception {
        ConfigFile file = read("{\"" + key + "\": " + value + "}");
        assertThatThrownBy(() -> ClipTextConfig.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.path().toString(), key);
    }

    private ConfigFile read(String json) throws IOException, ModelException {
        return ConfigFile.read(Files.writeString(folder.resolve("config.json"), json));
    }
}
