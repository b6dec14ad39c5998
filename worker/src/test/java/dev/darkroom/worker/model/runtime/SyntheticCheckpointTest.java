package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.runtime.SyntheticCheckpoint.Family;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
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
    void aUnetHasAsManyParametersAsTheRealOne(Family family, int count, long parameters) throws Exception {
        Path config = Files.writeString(folder.resolve("config.json"), family.config());
        Collection<SafetensorsWriter.Spec> tensors =
                SyntheticCheckpoint.tensors(UnetConfig.read(ConfigFile.read(config)), DataType.F32);
        assertThat(tensors).hasSize(count);
        assertThat(tensors.stream().mapToLong(SafetensorsWriter.Spec::size).sum())
                .isEqualTo(parameters);
    }

    /** A graph that left a weight out, or asked for one twice, would not show in sizes alone. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd15", "tiny-sd21", "tiny-sdxl"})
    void aGraphAsksForExactlyTheTensorsOfACheckpoint(String id) throws Exception {
        FormulaCheckpoint checkpoint = FormulaCheckpoint.of(id);
        checkpoint.writeComponent(folder, "unet", DataType.F16);
        UnetConfig config = UnetConfig.read(ConfigFile.read(folder.resolve("config.json")));
        assertThat(SyntheticCheckpoint.tensors(config, DataType.F16))
                .containsExactlyInAnyOrderElementsOf(checkpoint.tensors("unet", DataType.F16));
    }
}
