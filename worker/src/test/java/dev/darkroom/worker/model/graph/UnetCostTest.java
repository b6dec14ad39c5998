package dev.darkroom.worker.model.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnetCostTest {
    @TempDir
    private Path folder;

    /** What others count for it too: 803 billion operations at 512x512. */
    @Test
    void stableDiffusion15AtItsNativeSize() throws Exception {
        UnetConfig config = config("{\"cross_attention_dim\": 768}");
        assertThat(UnetCost.operations(config, 64, 64, 77)).isCloseTo(803e9, within(8e9));
    }

    /** One level without a transformer, counted by hand; odd sizes have no part in it. */
    @Test
    void aUnetOfOneLevel() throws Exception {
        UnetConfig config = config("""
                {"block_out_channels": [32], "layers_per_block": 1, "down_block_types": ["DownBlock2D"],
                 "up_block_types": ["UpBlock2D"], "mid_block_type": null, "cross_attention_dim": 8,
                 "attention_head_dim": 1}
                """);
        int pixels = 15;
        double ends = 2.0 * pixels * 9 * (4 * 32 + 32 * 4);
        double down = 2.0 * (pixels * 9 * 2 * 32 * 32 + 128 * 32);
        double up = 2.0 * 2 * (pixels * (9 * (64 * 32 + 32 * 32) + 64 * 32) + 128 * 32);
        assertThat(UnetCost.operations(config, 3, 5, 77)).isEqualTo(ends + down + up);
    }

    private UnetConfig config(String json) throws Exception {
        return UnetConfig.read(ConfigFile.read(Files.writeString(folder.resolve("config.json"), json)));
    }
}
