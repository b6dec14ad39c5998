package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole networks give what diffusers gives, tensor by tensor. The tolerances are those of the golden vectors: ten times
 * what torch's own float32 differs from float64.
 */
@ParameterizedClass
@CsvSource({"tiny-sd15,FAST_START", "tiny-sd15,STEADY", "tiny-sd21,FAST_START"})
class GoldenParityTest {
    private static final double TEXT = 2e-5;
    private static final double PICTURE = 5e-5;

    /** The pictures that the reference has decoded with each model. */
    private static final Map<String, List<String>> DECODED = Map.of(
            "tiny-sd15", List.of("decode_2x8x8", "decode_1x16x8", "decode_1x9x13"),
            "tiny-sd21", List.of("decode_2x8x8", "decode_1x9x13"));

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
    void theTextEncoderGivesItsLastState() throws IOException {
        Golden golden = Golden.of(id, "text");
        int[][] tokens = golden.integers("text_encoder.input_ids");
        Tensor context = model.textEncoder().encode(tokens, 0).context();
        check("text", context, golden.tensor("text_encoder.last_hidden_state"), TEXT);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theTextEncoderSkipsLastLayers(int skip) throws IOException {
        Golden golden = Golden.of(id, "text");
        int[][] tokens = Arrays.copyOf(golden.integers("text_encoder.input_ids"), 2);
        Tensor context = model.textEncoder().encode(tokens, skip).context();
        check("text skip " + skip, context, golden.tensor("encode.clip_skip_" + skip), TEXT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "int4_4x8x8",
                "float4_4x8x8",
                "int4_2x16x8",
                "float4_2x8x16",
                "int4_2x9x13",
                "float4_1x7x5",
                "tokens154_1x8x8"
            })
    void theUnetPredictsRowsOfDifferentTimestepsAndAnySize(String name) throws IOException {
        Golden golden = Golden.of(id, "unet");
        check("unet " + name, UnetCase.predict(model.unet(), golden, name), golden.tensor(name + ".output"), PICTURE);
    }

    @Test
    void theDecoderGivesPicturesOfAnySize() throws IOException {
        Golden golden = Golden.of(id, "vae");
        for (String name : Objects.requireNonNull(DECODED.get(id), id)) {
            Tensor picture = model.vaeDecoder().decode(golden.tensor(name + ".latents"));
            check("vae " + name, picture, golden.tensor(name + ".output"), PICTURE);
        }
    }

    private void check(String what, Tensor actual, Tensor expected, double tolerance) {
        double error = Golden.error(actual, expected);
        System.out.printf("%s %s %s: error %.1e%n", id, memory, what, error);
        assertThat(error).isLessThanOrEqualTo(tolerance);
    }
}
