package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.UnetConfig.Block;
import dev.darkroom.worker.model.checkpoint.UnetConfig.Middle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnetConfigTest {
    @TempDir
    private Path folder;

    @Test
    void anEmptyConfigurationHasTheDefaultsOfDiffusers() throws Exception {
        UnetConfig config = read("{}");
        assertThat(config.inChannels()).isEqualTo(4);
        assertThat(config.crossAttentionWidth()).isEqualTo(1280);
        assertThat(config.normGroups()).isEqualTo(32);
        assertThat(config.normEpsilon()).isEqualTo(1e-5f);
        assertThat(config.time().width()).isEqualTo(1280);
        assertThat(config.time().cosinesFirst()).isTrue();
        assertThat(config.projectionIsLinear()).isFalse();
        assertThat(config.down())
                .containsExactly(
                        new Block(320, 2, 1, 8),
                        new Block(640, 2, 1, 8),
                        new Block(1280, 2, 1, 8),
                        new Block(1280, 2, 0, 8));
        assertThat(config.middle()).containsExactly(new Middle(1280, 1, 8));
        assertThat(config.up())
                .containsExactly(
                        new Block(1280, 3, 0, 8),
                        new Block(1280, 3, 1, 8),
                        new Block(640, 3, 1, 8),
                        new Block(320, 3, 1, 8));
    }

    @Test
    void theWayUpMirrorsTheWayDown() throws Exception {
        UnetConfig config = read("""
                {"block_out_channels": [64, 128, 192], "layers_per_block": [1, 2, 3], "attention_head_dim": [1, 2, 3],
                 "transformer_layers_per_block": [1, 2, 10], "cross_attention_dim": 2048,
                 "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
                 "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]}
                """);
        assertThat(config.down())
                .containsExactly(new Block(64, 1, 0, 1), new Block(128, 2, 2, 2), new Block(192, 3, 10, 3));
        assertThat(config.middle()).containsExactly(new Middle(192, 10, 3));
        assertThat(config.up())
                .containsExactly(new Block(192, 4, 10, 3), new Block(128, 3, 2, 2), new Block(64, 2, 0, 1));
    }

    @Test
    void aMiddleThatIsNullIsLeftOut() throws Exception {
        assertThat(read("{\"mid_block_type\": null}").middle()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"act_fn\": \"gelu\"",
                "\"addition_embed_type\": \"text_image\"",
                "\"class_embed_type\": \"timestep\"",
                "\"class_embed_type\": null, \"num_class_embeds\": 1000",
                "\"resnet_time_scale_shift\": \"scale_shift\"",
                "\"mid_block_type\": \"UNetMidBlock2DSimpleCrossAttn\"",
                "\"down_block_types\": [\"AttnDownBlock2D\", \"DownBlock2D\", \"DownBlock2D\", \"DownBlock2D\"]",
                "\"up_block_types\": [\"ResnetUpsampleBlock2D\", \"UpBlock2D\", \"UpBlock2D\", \"UpBlock2D\"]",
                "\"encoder_hid_dim\": 4096",
                "\"only_cross_attention\": [true, false, false, false]",
                "\"dual_cross_attention\": true",
                "\"cross_attention_dim\": [64, 64, 128, 128]",
                "\"norm_num_groups\": null",
                "\"conv_in_kernel\": 2",
                "\"downsample_padding\": 2",
                "\"_class_name\": \"UNetSpatioTemporalConditionModel\""
            })
    void whatIsNotBuiltIsRefusedByName(String setting) throws IOException {
        String key =
                setting.substring(1, setting.indexOf('"', 1)).equals("class_embed_type") && setting.contains("num_")
                        ? "num_class_embeds"
                        : setting.substring(1, setting.indexOf('"', 1));
        Path file = write("{" + setting + "}");
        assertThatThrownBy(() -> UnetConfig.read(ConfigFile.read(file)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toString(), key, "not supported");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"in_channels\": \"4\"",
                "\"in_channels\": 0",
                "\"in_channels\": 2147483647",
                "\"in_channels\": 4.5",
                "\"block_out_channels\": [320, 640]",
                "\"block_out_channels\": []",
                "\"block_out_channels\": [320, 640, 1280, 1281]",
                "\"block_out_channels\": [320, 640, 1280, -1280]",
                "\"block_out_channels\": \"320\"",
                "\"layers_per_block\": 1000000",
                "\"layers_per_block\": [2, 2]",
                "\"attention_head_dim\": 7",
                "\"transformer_layers_per_block\": [[1], [1], [1], [1]]",
                "\"transformer_layers_per_block\": [1, null, 1, 1]",
                "\"norm_num_groups\": 33",
                "\"flip_sin_to_cos\": 1",
                "\"freq_shift\": 160",
                "\"freq_shift\": NaN",
                "\"freq_shift\": -Infinity",
                "\"time_cond_proj_dim\": 3",
                "\"time_cond_proj_dim\": 1000000",
                "\"upcast_attention\": 1",
                "\"norm_eps\": 0",
                "\"norm_eps\": -1e-5",
                "\"norm_eps\": 1e-50",
                "\"norm_eps\": 1e39",
                "\"norm_eps\": NaN",
                "\"down_block_types\": [1, 2, 3, 4]"
            })
    void aValueThatCannotBeIsRefusedWithItsKey(String setting) throws IOException {
        String key = setting.substring(1, setting.indexOf('"', 1));
        Path file = write("{" + setting + "}");
        assertThatThrownBy(() -> UnetConfig.read(ConfigFile.read(file)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toString(), key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "null", "\u0000", "{\"a\": 1} x"})
    void whatIsNoJsonObjectIsRefused(String content) throws IOException {
        Path file = write(content);
        assertThatThrownBy(() -> ConfigFile.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(file.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\n\"a\": 1,\n}", "[]", "{\"a\": 1} x", "{\"a\": \"\u0001\"}"})
    void anErrorIsOneLineThatSaysWhere(String content) throws IOException {
        Path file = write(content);
        assertThatThrownBy(() -> ConfigFile.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(
                        file.toString(), "line " + content.lines().count(), "column")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "Source"));
    }

    @Test
    void deepNestingIsRefused() throws IOException {
        Path file = write("{\"a\": " + "[".repeat(50_000) + "]".repeat(50_000) + "}");
        assertThatThrownBy(() -> ConfigFile.read(file)).isInstanceOf(ModelException.class);
    }

    private UnetConfig read(String json) throws Exception {
        return UnetConfig.read(ConfigFile.read(write(json)));
    }

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("config.json"), json);
    }
}
