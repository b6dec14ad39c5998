package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.runtime.CudaFormModel;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole generations with the forms for CUDA, run on the CPU as {@link CudaFormModel} tells. */
class CudaFormPipelineTest {
    /** Of final latents in float16, about twice what was measured; guidance multiplies the error of a prediction. */
    static final double LATENTS = 0.1;

    /** Of a picture's values on average in float16, of 255; about twice what was measured. */
    static final double PICTURE = 1;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"tiny-sd15,ddim", "tiny-sd21,v_model"})
    void inFloat32ThePictureIsTheReferences(String id, String name) throws Exception {
        try (LoadedModel model = CudaFormModel.load(id, folder.resolve("model"), GraphForm.CUDA_FLOAT32)) {
            PipelineCase result = PipelineCase.run(model, name, Golden.unpacked(id, "pipelines", folder));
            assertThat(result.latents()).isLessThan(5e-4);
            assertThat(result.picture()).isLessThan(1e-3);
        }
    }

    @ParameterizedTest
    @CsvSource("tiny-sd15,ddim")
    void inFloat16ThePictureIsNear(String id, String name) throws Exception {
        try (LoadedModel model = CudaFormModel.load(id, folder.resolve("model"), GraphForm.CUDA_FLOAT16)) {
            PipelineCase result = PipelineCase.run(model, name, Golden.unpacked(id, "pipelines", folder));
            assertThat(result.latents()).isLessThan(LATENTS);
            assertThat(result.picture()).isLessThan(PICTURE);
        }
    }
}
