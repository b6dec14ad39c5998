package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticCheckpointTest {
    @TempDir
    private Path folder;

    /** The well-known sizes of the released models. */
    @ParameterizedTest
    @CsvSource({"SD15,686,859520964", "SD21,686,865910724", "SDXL,1680,2567463684"})
    void aUnetHasAsManyParametersAsTheRealOne(SyntheticFamily family, int count, long parameters) throws Exception {
        Collection<SafetensorsWriter.Spec> tensors = SyntheticCheckpoint.unet(config(family.unet()), DataType.F32);
        assertThat(tensors).hasSize(count);
        assertThat(parameters(tensors)).isEqualTo(parameters);
    }

    @ParameterizedTest
    @CsvSource({"SD15,123060480", "SD21,340387840", "SDXL,123060480"})
    void aTextEncoderHasToo(SyntheticFamily family, long parameters) throws Exception {
        assertThat(parameters(SyntheticCheckpoint.text(config(family.text()), Output.NORMED, DataType.F32)))
                .isEqualTo(parameters);
    }

    @Test
    void soHaveTheSecondOneAndTheVae() throws Exception {
        ConfigFile second = config(SyntheticFamily.SDXL.secondText().orElseThrow());
        assertThat(parameters(SyntheticCheckpoint.text(second, Output.PLAIN_AND_POOLED, DataType.F32)))
                .isEqualTo(694_659_840);
        assertThat(parameters(SyntheticCheckpoint.vae(config(SyntheticFamily.VAE), DataType.F32)))
                .isEqualTo(83_653_863);
    }

    private ConfigFile config(String text) throws Exception {
        return ConfigFile.read(Files.writeString(folder.resolve("config.json"), text));
    }

    private static long parameters(Collection<SafetensorsWriter.Spec> tensors) {
        return tensors.stream().mapToLong(SafetensorsWriter.Spec::size).sum();
    }

    /** A graph that left a weight out, or asked for one twice, would not show in sizes alone. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd15", "tiny-sd21", "tiny-sdxl"})
    void aGraphAsksForExactlyTheTensorsOfACheckpoint(String id) throws Exception {
        FormulaCheckpoint checkpoint = FormulaCheckpoint.of(id);
        checkpoint.writeComponent(folder, "unet", DataType.F16);
        assertThat(SyntheticCheckpoint.unet(ConfigFile.read(folder.resolve("config.json")), DataType.F16))
                .containsExactlyInAnyOrderElementsOf(checkpoint.tensors("unet", DataType.F16));
    }
}
