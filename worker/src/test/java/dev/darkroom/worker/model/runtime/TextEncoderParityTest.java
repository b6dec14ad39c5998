package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.checkpoint.ClipTextConfig;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.SafetensorsSource;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Every text encoder gives every state that the golden vectors have of it. */
@ParameterizedClass
@CsvSource({"tiny-sd15,text_encoder", "tiny-sd21,text_encoder", "tiny-sdxl,text_encoder", "tiny-sdxl,text_encoder_2"})
class TextEncoderParityTest {
    private static final double TOLERANCE = 2e-5;

    @TempDir
    private Path folder;

    @Parameter(0)
    private String id;

    @Parameter(1)
    private String component;

    private Golden golden;
    private int[][] tokens;

    @BeforeEach
    void write() throws IOException {
        FormulaCheckpoint.of(id).writeComponent(folder, component, DataType.F32);
        golden = Golden.of(id, "text");
        tokens = golden.integers(component + ".input_ids");
    }

    @Test
    void theLastStateIsNormed() throws Exception {
        try (TextEncoder encoder = load(Output.NORMED)) {
            Tensor last = encoder.encode(tokens, 0).context();
            check(last, "last_hidden_state");
            if (component.equals("text_encoder")) {
                check(atEnds(last), "pooler_output");
            }
        }
    }

    @Test
    void theStateBeforeItIsNot() throws Exception {
        try (TextEncoder encoder = load(Output.PLAIN)) {
            check(encoder.encode(tokens, 0).context(), "hidden_penultimate");
            check(encoder.encode(Arrays.copyOf(tokens, 1), 2).context(), "embeddings");
        }
    }

    /** Stable Diffusion XL's vectors hold the plain states of both encoders side by side. */
    @Test
    void skippedLayersAreCountedFromTheUsualState() throws Exception {
        boolean xl = id.equals("tiny-sdxl");
        try (TextEncoder encoder = load(xl ? Output.PLAIN : Output.NORMED)) {
            for (int skip = 1; skip <= 2; skip++) {
                Tensor context = encoder.encode(Arrays.copyOf(tokens, 2), skip).context();
                Tensor both = golden.tensor("encode.clip_skip_" + skip);
                int width = context.shape()[2];
                Tensor expected = columns(both, component.equals("text_encoder") ? 0 : both.shape()[2] - width, width);
                assertThat(Golden.error(context, expected)).isLessThanOrEqualTo(TOLERANCE);
            }
        }
    }

    private static Tensor columns(Tensor tensor, int first, int count) {
        int width = tensor.shape()[2];
        int rows = tensor.data().length / width;
        float[] some = new float[rows * count];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(tensor.data(), row * width + first, some, row * count, count);
        }
        return new Tensor(some, tensor.shape()[0], tensor.shape()[1], count);
    }

    private TextEncoder load(Output output) throws ModelException {
        ClipTextConfig config = ClipTextConfig.read(ConfigFile.read(folder.resolve("config.json")));
        SafetensorsSource weights = SafetensorsSource.open(folder, "model.safetensors");
        return OnnxTextEncoder.load(
                config,
                output,
                ClipTextGraph.build(config, weights, output, GraphForm.CPU),
                new RuntimeOptions(Device.CPU, 2, Memory.FAST_START),
                0);
    }

    /** The state at each text's end, the first token of the highest id. */
    private Tensor atEnds(Tensor states) {
        int width = states.shape()[2];
        float[] pooled = new float[tokens.length * width];
        for (int row = 0; row < tokens.length; row++) {
            int end = 0;
            for (int i = 1; i < tokens[row].length; i++) {
                end = tokens[row][i] > tokens[row][end] ? i : end;
            }
            System.arraycopy(states.row(row), end * width, pooled, row * width, width);
        }
        return new Tensor(pooled, tokens.length, width);
    }

    private void check(Tensor actual, String name) throws IOException {
        double error = Golden.error(actual, golden.tensor(component + "." + name));
        System.out.printf("%s %s %s: error %.1e%n", id, component, name, error);
        assertThat(error).as(name).isLessThanOrEqualTo(TOLERANCE);
    }
}
