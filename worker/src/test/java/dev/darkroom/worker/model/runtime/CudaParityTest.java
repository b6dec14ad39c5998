package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every golden vector of UNets, VAEs and text encoders on a GPU; needs one, and {@code -Pcuda}. */
@Tag("gpu")
class CudaParityTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void needsOne() {
        CudaMachine.assumed();
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-sd15,FP32",
        "tiny-sd15,FP16",
        "tiny-sd21,FP32",
        "tiny-sd21,FP16",
        "tiny-sdxl,FP32",
        "tiny-sdxl,FP16"
    })
    void networksComputeWhatTheReferenceComputes(String id, Precision precision) throws Exception {
        FormulaCheckpoint.of(id).write(folder, precision == Precision.FP16 ? DataType.F16 : DataType.F32);
        OnnxModelLoader loader = new OnnxModelLoader(CudaMachine.OPTIONS);
        try (LoadedModel model = loader.load(ModelFiles.of(id, folder).in(precision))) {
            assertThat(model.description().precision()).isEqualTo(precision);
            Check check = new Check(id, precision);
            unet(model, check);
            vae(model, check);
            text(model, check);
        }
    }

    private static void unet(LoadedModel model, Check check) throws Exception {
        Golden golden = Golden.of(check.id(), "unet");
        for (String name : UnetCase.names(golden)) {
            Tensor predicted = UnetCase.predict(model.unet(), golden, name);
            check.that("unet " + name, predicted, golden.tensor(name + ".output"), 5e-5, CudaFormParityTest.UNET);
        }
    }

    private static void vae(LoadedModel model, Check check) throws Exception {
        Golden golden = Golden.of(check.id(), "vae");
        for (String name : golden.cases("latents")) {
            Tensor picture = model.vaeDecoder().decode(golden.tensor(name + ".latents"));
            check.that("vae " + name, picture, golden.tensor(name + ".output"), 5e-5, CudaFormParityTest.VAE);
        }
        for (String name : golden.cases("picture")) {
            LatentDistribution latents = model.vaeEncoder().encode(golden.tensor(name + ".picture"));
            check.that("vae " + name, latents.mean(), golden.tensor(name + ".mean"), 5e-5, CudaFormParityTest.VAE);
        }
    }

    private static void text(LoadedModel model, Check check) throws Exception {
        Golden golden = Golden.of(check.id(), "text");
        Tensor states = model.textEncoder()
                .encode(golden.integers("text_encoder.input_ids"), 0)
                .context();
        String state = check.id().equals("tiny-sdxl") ? "hidden_penultimate" : "last_hidden_state";
        check.that("text", states, golden.tensor("text_encoder." + state), 2e-5, CudaFormParityTest.TEXT);
    }

    private record Check(String id, Precision precision) {
        void that(String what, Tensor actual, Tensor expected, double float32, double float16) {
            double error = Golden.error(actual, expected);
            System.out.printf("cuda %s %s %s: error %.1e%n", id, precision, what, error);
            assertThat(error).as(what).isLessThanOrEqualTo(precision == Precision.FP16 ? float16 : float32);
        }
    }
}
