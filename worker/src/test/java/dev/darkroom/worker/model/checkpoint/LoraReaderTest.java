package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.FormulaLora;
import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a LoRA may hold, what is refused, and by which words. */
class LoraReaderTest {
    private static final String QUERY = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
    private static final String CONVOLUTION = "lora_unet_mid_block_resnets_0_conv1";

    @TempDir
    private static Path folder;

    private static Checkpoint checkpoint;

    private final Map<SafetensorsWriter.Spec, float[]> tensors = new LinkedHashMap<>();

    @BeforeAll
    static void open() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").writeSparse(folder.resolve("model"), DataType.F32);
        checkpoint = Checkpoint.open(folder.resolve("model"));
    }

    /** Every module of a published UNet, by the table that its single file was written by. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd15", "tiny-sd21", "tiny-sdxl"})
    void modulesHaveTheNamesThatSingleFilesGiveThem(String id) throws Exception {
        FormulaCheckpoint.of(id).writeSparse(folder.resolve("names-" + id), DataType.F32);
        OriginalUnetNames names = new OriginalUnetNames(
                Checkpoint.open(folder.resolve("names-" + id)).unet());
        int compared = 0;
        for (JsonNode tensor : table(id).get("tensors")) {
            String from = tensor.get("from").get(0).asText();
            if (from.startsWith("unet/")
                    && from.endsWith(".weight")
                    && tensor.get("shape").size() > 1) {
                String module = from.substring("unet/".length(), from.length() - ".weight".length());
                String key = tensor.get("key").asText();
                assertThat(names.of(module))
                        .contains(key.substring(SingleFileUnet.PREFIX.length(), key.length() - ".weight".length()));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(150);
    }

    private static JsonNode table(String id) throws Exception {
        String name = "/model/golden/" + id + "/single_file.json.gz";
        try (InputStream in =
                new GZIPInputStream(Objects.requireNonNull(LoraReaderTest.class.getResourceAsStream(name), name))) {
            return new ObjectMapper().readTree(in);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q, .lora_A.weight, .lora_B.weight",
        "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q, .lora_A.default.weight, .lora_B.default.weight",
        "base_model.model.mid_block.attentions.0.transformer_blocks.0.attn1.to_q, .lora_A.weight, .lora_B.weight",
        "unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_q, _lora.down.weight, _lora.up.weight",
        "mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out, _lora.down.weight, _lora.up.weight",
        "lora_unet_middle_block_1_transformer_blocks_0_attn1_to_q, .lora_down.weight, .lora_up.weight",
        "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_out_0, .lora_down.weight, .lora_up.weight"
    })
    void trainersNameAModuleInManyWays(String module, String down, String up) throws Exception {
        add(module + down, new float[2 * 96], 2, 96).add(module + up, new float[96 * 2], 96, 2);
        assertThat(read().keySet())
                .singleElement()
                .satisfies(target -> assertThat(target.tensor()).contains("mid_block.attentions.0"));
    }

    @Test
    void theOldWayToNameLayersOfTextEncodersIsKnown() throws Exception {
        String module = "text_encoder.text_model.encoder.layers.1.self_attn.q_proj.lora_linear_layer";
        add(module + ".down.weight", new float[64], 1, 64).add(module + ".up.weight", new float[64], 64, 1);
        assertThat(read().keySet())
                .singleElement()
                .satisfies(target -> assertThat(target.component()).isEqualTo("text_encoder"));
    }

    @Test
    void keysThatFitNothingAreNamed() throws Exception {
        pair(QUERY, 2);
        for (int i = 0; i < 7; i++) {
            add("unet.no.such.module" + i + ".lora_A.weight", new float[2], 1, 2);
        }
        assertRefused("7 of its 9 tensors fit no weight", "unet.no.such.module0.lora_A.weight", "…");
        assertThatThrownBy(this::read).hasMessageNotContaining("module6");
    }

    @ParameterizedTest
    @CsvSource({
        ".dora_scale, a DoRA",
        ".hada_w1_a, a LoHa",
        ".lokr_w1, a LoKr",
        ".oft_blocks, an OFT",
        ".diff_b, a LoRA with whole weights or biases",
        ".lora_B.bias, a LoRA with whole weights or biases"
    })
    void relativesAreRefusedByName(String ending, String name) throws Exception {
        pair(QUERY, 2).add(QUERY + ending, new float[96], 96);
        assertRefused(name, QUERY + ending);
    }

    @Test
    void matricesMustFitEachOtherAndTheWeight() throws Exception {
        add(QUERY + ".lora_A.weight", new float[2 * 96], 2, 96).add(QUERY + ".lora_B.weight", new float[96 * 3], 96, 3);
        assertRefused("attn1.to_q.weight", "[96, 3] and [2, 96]", "it has [96, 96]");
        tensors.clear();
        add(QUERY + ".lora_A.weight", new float[2 * 64], 2, 64).add(QUERY + ".lora_B.weight", new float[96 * 2], 96, 2);
        assertRefused("[2, 64]");
        tensors.clear();
        add(QUERY + ".lora_A.weight", new float[2 * 96], 2, 96);
        assertRefused("only one of the two matrices");
        tensors.clear();
        add(QUERY + ".lora_A.weight", new float[5000 * 96], 5000, 96)
                .add(QUERY + ".lora_B.weight", new float[96 * 5000], 96, 5000);
        assertRefused("[5000, 96]", "4096");
        tensors.clear();
        add(QUERY + ".lora_A.weight", new float[1]).add(QUERY + ".lora_B.weight", new float[1]);
        assertRefused("a rank is 1 to 4096");
    }

    @Test
    void anAlphaIsOneNumber() throws Exception {
        pair(QUERY, 2).add(QUERY + ".alpha", new float[] {Float.NaN});
        assertRefused(QUERY + ".alpha", "one finite number");
        tensors.clear();
        pair(QUERY, 2).add(QUERY + ".alpha", new float[] {1, 2}, 2);
        assertRefused("one finite number");
        tensors.clear();
        pair(QUERY, 2).add(QUERY + ".alpha", new float[] {3}, 1);
        assertThat(read().values())
                .singleElement()
                .satisfies(change -> assertThat(change.factor()).isEqualTo(0.5 * 3 / 2));
    }

    @Test
    void aModuleThatIsNamedInTwoWaysIsRefused() throws Exception {
        pair(QUERY, 2);
        add("lora_unet_middle_block_1_transformer_blocks_0_attn1_to_q.lora_down.weight", new float[2 * 96], 2, 96);
        assertRefused("two tensors are for the same weight", QUERY);
    }

    @Test
    void numbersThatAreNoneAreFoundWhenTheyAreRead() throws Exception {
        add(QUERY + ".lora_A.weight", new float[2 * 96], 2, 96);
        float[] up = new float[96 * 2];
        up[17] = Float.POSITIVE_INFINITY;
        add(QUERY + ".lora_B.weight", up, 96, 2);
        LowRank change = read().values().iterator().next();
        assertThat(change.right()).hasSize(2 * 96);
        assertThatThrownBy(change::left)
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(QUERY + ".lora_B.weight", "infinite, or none");
    }

    @Test
    void kernelsMayStandInATensorOfTheirOwn() throws Exception {
        float[] down = numbers(3 * 96, 1);
        float[] middle = numbers(3 * 3 * 9, 2);
        add(CONVOLUTION + ".lora_down.weight", down, 3, 96, 1, 1)
                .add(CONVOLUTION + ".lora_mid.weight", middle, 3, 3, 3, 3)
                .add(CONVOLUTION + ".lora_up.weight", numbers(96 * 3, 3), 96, 3, 1, 1);
        LowRank change = read().values().iterator().next();
        assertThat(change.columns()).isEqualTo(96 * 9);
        float[] right = change.right();
        for (int p = 0; p < 3; p++) {
            for (int i = 0; i < 96; i += 31) {
                for (int k = 0; k < 9; k++) {
                    double expected = 0;
                    for (int q = 0; q < 3; q++) {
                        expected += (double) middle[(p * 3 + q) * 9 + k] * down[q * 96 + i];
                    }
                    assertThat((double) right[(p * 96 + i) * 9 + k]).isCloseTo(expected, within(1e-5));
                }
            }
        }
    }

    @Test
    void aLoraOfAnotherFamilyIsRefusedByItsWordOrByItsKeys() throws Exception {
        LoraFile xl = FormulaLora.of("tiny-sdxl/kohya-sgm").write(folder.resolve("xl.safetensors"), 1);
        assertThatThrownBy(() -> Adaptation.of(checkpoint, List.of(xl)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("fit no weight of the model");
        LoraFile said = new LoraFile("ink", xl.path(), Optional.of(ModelFamily.SDXL), 1);
        assertThatThrownBy(() -> Adaptation.of(checkpoint, List.of(said)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("LoRA ink is for models of Stable Diffusion XL", "Stable Diffusion 1.x");
    }

    @Test
    void whatIsNoLoraIsRefused() throws Exception {
        assertThatThrownBy(this::read).hasMessageContaining("there is no tensor in it");
        Path pickle = Files.write(folder.resolve("lora.pt"), new byte[16]);
        assertThatThrownBy(() -> Adaptation.of(checkpoint, List.of(new LoraFile("p", pickle, Optional.empty(), 1))))
                .hasMessageContaining("pickle");
    }

    private LoraReaderTest pair(String module, int rank) {
        return add(module + ".lora_A.weight", new float[rank * 96], rank, 96)
                .add(module + ".lora_B.weight", new float[96 * rank], 96, rank);
    }

    private LoraReaderTest add(String name, float[] values, long... shape) {
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        tensors.put(new SafetensorsWriter.Spec(name, DataType.F32, dimensions), values);
        return this;
    }

    private Map<LoraTargets.Target, LowRank> read() throws Exception {
        Path file = folder.resolve("lora.safetensors");
        SafetensorsWriter.write(file, new ArrayList<>(tensors.keySet()), (spec, first, target) -> {
            float[] values = Objects.requireNonNull(tensors.get(spec));
            for (int i = (int) first; target.hasRemaining(); i++) {
                target.putFloat(values[i]);
            }
        });
        assertThat(SafetensorsFile.open(file).names()).hasSize(tensors.size());
        return LoraReader.read(new LoraFile("ink", file, Optional.empty(), 0.5), new LoraTargets(checkpoint));
    }

    private void assertRefused(String... words) {
        assertThatThrownBy(this::read)
                .isInstanceOf(ModelException.class)
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("LoRA ink")
                .hasMessageContainingAll(words);
    }

    private static float[] numbers(int count, int seed) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) Math.sin(seed * 100 + i);
        }
        return numbers;
    }
}
