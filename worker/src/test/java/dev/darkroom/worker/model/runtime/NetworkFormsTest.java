package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkFormsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "CPU, , SD1, {}, CPU, CPU, CPU",
        "CPU, FP16, SDXL, {}, CPU, CPU, CPU",
        "CPU, FP32, SD2, {}, CPU, CPU, CPU",
        "CPU, INT8, SDXL, {}, CPU_INT8, CPU, CPU",
        "CUDA, , SD1, {}, CUDA_FLOAT16, CUDA_FLOAT16, CUDA_FLOAT16",
        "CUDA, FP16, SD2, {\"force_upcast\": true}, CUDA_FLOAT16, CUDA_FLOAT16, CUDA_FLOAT16",
        "CUDA, , SDXL, {}, CUDA_FLOAT16, CUDA_FLOAT16, CUDA_FLOAT32",
        "CUDA, , SDXL, {\"force_upcast\": false}, CUDA_FLOAT16, CUDA_FLOAT16, CUDA_FLOAT16",
        "CUDA, FP32, SD1, {}, CUDA_FLOAT32, CUDA_FLOAT32, CUDA_FLOAT32",
        "CUDA, FP32, SDXL, {\"force_upcast\": false}, CUDA_FLOAT32, CUDA_FLOAT32, CUDA_FLOAT32"
    })
    void deviceAndPrecisionDecide(
            Device device,
            Precision precision,
            ModelFamily family,
            String vae,
            GraphForm unet,
            GraphForm text,
            GraphForm vaeForm)
            throws Exception {
        VaeConfig config = VaeConfig.read(ConfigFile.read(Files.writeString(folder.resolve("config.json"), vae)));
        NetworkForms forms = NetworkForms.of(device, Optional.ofNullable(precision), family, config);
        assertThat(forms).isEqualTo(new NetworkForms(unet, text, vaeForm));
    }

    @Test
    void aFormSaysWhatItComputesIn() {
        assertThat(Stream.of(GraphForm.values()).map(NetworkForms::precision))
                .containsExactly(Precision.FP32, Precision.INT8, Precision.FP32, Precision.FP16);
    }
}
