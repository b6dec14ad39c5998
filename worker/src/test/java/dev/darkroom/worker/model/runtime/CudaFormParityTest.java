package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import dev.darkroom.worker.model.checkpoint.ClipTextConfig;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.SafetensorsSource;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.GroupNormExpansion;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.graph.VaeEncoderGraph;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The forms for CUDA compute what diffusers computes. They run on the CPU here, with one operator written out that it has
 * not ({@link GroupNormExpansion}); the runtime takes to float32 and back around operators for which the CPU has no
 * float16. So this holds graph and numbers of a form, not CUDA's kernels.
 */
@ParameterizedClass
@CsvSource({
    "tiny-sd15,CUDA_FLOAT32",
    "tiny-sd21,CUDA_FLOAT32",
    "tiny-sdxl,CUDA_FLOAT32",
    "tiny-sd15,CUDA_FLOAT16",
    "tiny-sd21,CUDA_FLOAT16",
    "tiny-sdxl,CUDA_FLOAT16"
})
class CudaFormParityTest {
    /**
     * Of float16: about twice what was measured, on a CPU that adds up in float16. CUDA adds up in float32.
     */
    static final double UNET = 4e-2;

    static final double VAE = 1.5e-2;
    static final double TEXT = 2.5e-2;

    /** The smaller cases: without a fast matrix product in float16 all of them would take a minute. */
    private static final List<String> SMALL = List.of("float4_1x7x5", "int4_2x9x13", "tokens154_1x8x8");

    private static final RuntimeOptions OPTIONS = new RuntimeOptions(Device.CPU, 2, Memory.FAST_START);

    @TempDir
    private Path folder;

    @Parameter(0)
    private String id;

    @Parameter(1)
    private GraphForm form;

    private FormulaCheckpoint checkpoint;

    @BeforeEach
    void open() throws Exception {
        checkpoint = FormulaCheckpoint.of(id);
    }

    @Test
    void aUnet() throws Exception {
        checkpoint.writeComponent(folder, "unet", DataType.F32);
        UnetConfig config = UnetConfig.read(ConfigFile.read(folder.resolve("config.json")));
        SafetensorsSource weights = SafetensorsSource.open(folder, OnnxModelLoader.UNET_WEIGHTS);
        Golden golden = Golden.of(id, "unet");
        try (Unet unet =
                WholeUnet.load(config, GroupNormExpansion.of(UnetGraph.build(config, weights, form), form), OPTIONS)) {
            for (String name : form == GraphForm.CUDA_FLOAT16 ? SMALL : UnetCase.names(golden)) {
                Tensor predicted = UnetCase.predict(unet, golden, name);
                check("unet " + name, predicted, golden.tensor(name + ".output"), 5e-5, UNET);
            }
        }
    }

    @Test
    void bothHalvesOfAVae() throws Exception {
        checkpoint.writeComponent(folder, "vae", DataType.F32);
        VaeConfig config = VaeConfig.read(ConfigFile.read(folder.resolve("config.json")));
        SafetensorsSource weights = SafetensorsSource.open(folder, OnnxModelLoader.UNET_WEIGHTS);
        Golden golden = Golden.of(id, "vae");
        try (VaeDecoder decoder = OnnxVaeDecoder.load(
                        config, GroupNormExpansion.of(VaeDecoderGraph.build(config, weights, form), form), OPTIONS);
                VaeEncoder encoder = OnnxVaeEncoder.load(
                        config, GroupNormExpansion.of(VaeEncoderGraph.build(config, weights, form), form), OPTIONS)) {
            for (String name : golden.cases("latents")) {
                Tensor picture = decoder.decode(golden.tensor(name + ".latents"));
                check("vae " + name, picture, golden.tensor(name + ".output"), 5e-5, VAE);
            }
            for (String name : golden.cases("picture")) {
                LatentDistribution latents = encoder.encode(golden.tensor(name + ".picture"));
                check("vae " + name + " mean", latents.mean(), golden.tensor(name + ".mean"), 5e-5, VAE);
                check("vae " + name + " logvar", latents.logVariance(), golden.tensor(name + ".logvar"), 5e-5, VAE);
            }
        }
    }

    @Test
    void aTextEncoder() throws Exception {
        checkpoint.writeComponent(folder, "text_encoder", DataType.F32);
        ClipTextConfig config = ClipTextConfig.read(ConfigFile.read(folder.resolve("config.json")));
        SafetensorsSource weights = SafetensorsSource.open(folder, "model.safetensors");
        Golden golden = Golden.of(id, "text");
        try (TextEncoder encoder = OnnxTextEncoder.load(
                config,
                Output.NORMED,
                GroupNormExpansion.of(ClipTextGraph.build(config, weights, Output.NORMED, form), form),
                OPTIONS,
                0)) {
            Tensor states =
                    encoder.encode(golden.integers("text_encoder.input_ids"), 0).context();
            check("text", states, golden.tensor("text_encoder.last_hidden_state"), 2e-5, TEXT);
        }
    }

    private void check(String what, Tensor actual, Tensor expected, double float32, double float16) {
        double error = Golden.error(actual, expected);
        System.out.printf("%s %s %s: error %.1e%n", id, form, what, error);
        assertThat(error).as(what).isLessThanOrEqualTo(form == GraphForm.CUDA_FLOAT16 ? float16 : float32);
    }
}
