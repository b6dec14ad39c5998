package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** UNets in other types and with other inputs than {@link GoldenParityTest} runs. */
class UnetVariantsTest {
    private static final double TOLERANCE = 5e-5;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "tiny-sd15,F16,half_weights_2x8x8",
        "tiny-sd21,F16,half_weights_2x8x8",
        "tiny-sdxl,F16,half_weights_2x8x8",
        "tiny-sd15-inpaint,F32,float4_4x8x8",
        "tiny-sd15-inpaint,F32,int4_2x16x8",
        "tiny-sd15-pix2pix,F32,float4_4x8x8",
        "tiny-sd15-pix2pix,F32,int4_2x16x8"
    })
    void theUnetPredictsWhatTheReferencePredicts(String id, DataType type, String name) throws Exception {
        FormulaCheckpoint.of(id).writeComponent(folder, "unet", type);
        RuntimeOptions options = new RuntimeOptions(Device.CPU, 2, Memory.FAST_START);
        Golden golden = Golden.of(id, "unet");
        try (Unet unet =
                new OnnxModelLoader(options).loadUnet(folder, Optional.empty()).unet()) {
            double error = Golden.error(UnetCase.predict(unet, golden, name), golden.tensor(name + ".output"));
            System.out.printf("%s %s unet %s: error %.1e%n", id, type, name, error);
            assertThat(error).isLessThanOrEqualTo(TOLERANCE);
        }
    }
}
