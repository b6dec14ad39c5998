package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole networks give what diffusers gives, tensor by tensor, in every case of the golden vectors that has weights in
 * float32. The tolerances are those of the vectors: ten times what torch's own float32 differs from float64.
 */
@ParameterizedClass
@CsvSource({"tiny-sd15,FAST_START", "tiny-sd15,STEADY", "tiny-sd21,FAST_START", "tiny-sdxl,FAST_START"})
class GoldenParityTest {
    private static final double TOLERANCE = 5e-5;

    @TempDir
    private static Path checkpoints;

    private static @Nullable LoadedModel model;

    @Parameter(0)
    private String id;

    @Parameter(1)
    private Memory memory;

    @BeforeParameterizedClassInvocation
    static void load(String id, Memory memory) throws Exception {
        Path folder = checkpoints.resolve(id + memory);
        FormulaCheckpoint.of(id).write(folder, DataType.F32);
        model = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, memory)).load(ModelFiles.of(id, folder));
    }

    @AfterParameterizedClassInvocation
    static void close() {
        if (model != null) {
            model.close();
        }
    }

    @Test
    void theUnetPredictsRowsOfDifferentTimestepsAndAnySize() throws IOException {
        Golden golden = Golden.of(id, "unet");
        List<String> cases = UnetCase.names(golden);
        assertThat(cases).hasSize(7);
        for (String name : cases) {
            Tensor predicted = UnetCase.predict(model.unet(), golden, name);
            check("unet " + name, predicted, golden.tensor(name + ".output"));
        }
    }

    @Test
    void aRowAloneIsPredictedAsTheReferencesTraceEnds() throws IOException {
        Golden golden = Golden.of(id, "unet");
        Tensor predicted = UnetCase.predict(model.unet(), golden, "int4_4x8x8", 1);
        check("unet trace", predicted, golden.tensor("trace.output"));
    }

    @Test
    void theDecoderGivesPicturesOfAnySize() throws IOException {
        Golden golden = Golden.of(id, "vae");
        List<String> cases = golden.cases("latents");
        assertThat(cases).hasSizeGreaterThanOrEqualTo(2);
        for (String name : cases) {
            Tensor picture = model.vaeDecoder().decode(golden.tensor(name + ".latents"));
            check("vae " + name, picture, golden.tensor(name + ".output"));
            if (golden.has(name + ".image")) {
                checkPixels(picture, golden.bytes(name + ".image"));
            }
        }
    }

    /** In 8 bits no value differs by more than 1, and few differ at all. */
    private static void checkPixels(Tensor pictures, byte[] expected) {
        int size = expected.length / pictures.shape()[0];
        int differing = 0;
        for (int row = 0; row < pictures.shape()[0]; row++) {
            byte[] rgb = Picture.fromVae(pictures.row(row), pictures.shape()[3], pictures.shape()[2])
                    .rgb();
            for (int i = 0; i < size; i++) {
                int difference = Math.abs((rgb[i] & 0xff) - (expected[row * size + i] & 0xff));
                assertThat(difference).isLessThanOrEqualTo(1);
                differing += difference;
            }
        }
        assertThat(differing).isLessThan(expected.length / 1000);
    }

    @Test
    void theEncoderGivesLatentsOfPicturesOfAnySize() throws Exception {
        Golden golden = Golden.of(id, "vae");
        List<String> cases = golden.cases("picture");
        assertThat(cases).hasSizeGreaterThanOrEqualTo(2);
        for (String name : cases) {
            LatentDistribution latents = model.vaeEncoder().encode(golden.tensor(name + ".picture"));
            check("vae " + name + " mean", latents.mean(), golden.tensor(name + ".mean"));
            check("vae " + name + " logvar", latents.logVariance(), golden.tensor(name + ".logvar"));
            check("vae " + name + " sampled", EncodeCase.sampled(latents, id, name), golden.tensor(name + ".sampled"));
        }
    }

    private void check(String what, Tensor actual, Tensor expected) {
        double error = Golden.error(actual, expected);
        System.out.printf("%s %s %s: error %.1e%n", id, memory, what, error);
        assertThat(error).as(what).isLessThanOrEqualTo(TOLERANCE);
    }
}
