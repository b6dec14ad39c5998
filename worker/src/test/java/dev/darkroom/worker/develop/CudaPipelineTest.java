package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.runtime.CudaMachine;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole generations on a GPU; needs one, and {@code -Pcuda}. */
@Tag("gpu")
class CudaPipelineTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void needsOne() {
        CudaMachine.assumed();
    }

    @ParameterizedTest
    @CsvSource({"tiny-sd15,ddim,FP32", "tiny-sd15,ddim,FP16", "tiny-sd21,v_model,FP32", "tiny-sd21,v_model,FP16"})
    void thePictureIsTheReferences(String id, String name, Precision precision) throws Exception {
        Path checkpoint = folder.resolve("model");
        FormulaCheckpoint.of(id).write(checkpoint, DataType.F32);
        OnnxModelLoader loader = new OnnxModelLoader(CudaMachine.OPTIONS);
        try (LoadedModel model = loader.load(ModelFiles.of(id, checkpoint).in(precision))) {
            PipelineCase result = PipelineCase.run(model, name, Golden.unpacked(id, "pipelines", folder));
            boolean half = precision == Precision.FP16;
            assertThat(result.latents()).isLessThan(half ? CudaFormPipelineTest.LATENTS : 5e-4);
            assertThat(result.picture()).isLessThan(half ? CudaFormPipelineTest.PICTURE : 5e-3);
        }
    }
}
