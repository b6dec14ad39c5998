package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As diffusers does since 0.34: PEFT's configuration of a network says what its products are multiplied by. */
class HeaderAlphasTest {
    private static final String QUERY = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q";

    @TempDir
    private static Path folder;

    private static LoraTargets targets;

    @BeforeAll
    static void open() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").writeSparse(folder.resolve("model"), DataType.F32);
        targets = new LoraTargets(Checkpoint.open(folder.resolve("model")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"unet.lora_alpha": 8, "unet.r": 2}                                              | 4
            {"unet.lora_alpha": 8, "unet.use_rslora": true}                                  | 5.656854249492381
            {"unet.lora_alpha": 8, "unet.alpha_pattern": {"attn1.to_k": 3, "attn1.to_q": 1}} | 0.5
            {"unet.lora_alpha": 8, "unet.alpha_pattern": {"ttn1.to_q": 1}}                   | 4
            {"text_encoder.lora_alpha": 8, "text_encoder.r": 2}                              | 1
            """)
    void theProductIsMultipliedByIt(String config, double factor) throws Exception {
        assertThat(factor(config)).isCloseTo(0.5 * factor, within(1e-12));
    }

    @Test
    void theTextMayBeLong() throws Exception {
        String targets = "\"mid_block.attentions.0.to_q\",".repeat(3000);
        assertThat(factor("{\"unet.target_modules\": [" + targets + "\"to_q\"], \"unet.lora_alpha\": 1}"))
                .isEqualTo(0.25);
        assertThatThrownBy(() -> factor("x".repeat((1 << 20) + 1)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("lora_adapter_metadata in __metadata__ is longer than");
    }

    @Test
    void whatCannotBeReadIsRefused() {
        assertRefused("{\"unet.lora_alpha\": \"much\"}", "lora_adapter_metadata", "not one finite number");
        assertRefused("{\"unet.lora_alpha\": 1, \"unet.alpha_pattern\": {\"(a+)+b\": 2}}", "expression: (a+)+b");
        assertRefused("[]", "is no JSON object");
        assertRefused("{secret", "is no JSON");
        assertThatThrownBy(() -> factor("{secret")).hasMessageNotContaining("secret");
    }

    @Test
    void alphasAreInOnePlaceOnly() {
        SafetensorsWriter.Spec alpha = new SafetensorsWriter.Spec(QUERY + ".alpha", DataType.F32, List.of());
        assertThatThrownBy(() -> read("{\"unet.lora_alpha\": 1}", alpha))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("alphas as tensors", "others in its header");
    }

    private static void assertRefused(String config, String... words) {
        assertThatThrownBy(() -> factor(config))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(words);
    }

    /** Of a LoRA of rank 2 that is used at a half. */
    private static double factor(String config) throws Exception {
        return read(config).factor();
    }

    private static LowRank read(String config, SafetensorsWriter.Spec... more) throws Exception {
        List<SafetensorsWriter.Spec> specs = new ArrayList<>(List.of(more));
        specs.add(new SafetensorsWriter.Spec(QUERY + ".lora_A.weight", DataType.F32, List.of(2L, 96L)));
        specs.add(new SafetensorsWriter.Spec(QUERY + ".lora_B.weight", DataType.F32, List.of(96L, 2L)));
        Path file = folder.resolve("lora.safetensors");
        SafetensorsWriter.write(file, specs, (spec, first, target) -> target.position(target.limit()));
        addConfig(file, config);
        return LoraReader.read(new LoraFile("ink", file, Optional.empty(), 0.5), targets)
                .values()
                .iterator()
                .next();
    }

    private static void addConfig(Path file, String config) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) bytes.getLong()];
        bytes.get(header);
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(header);
        json.putObject("__metadata__").put("format", "pt").put("lora_adapter_metadata", config);
        byte[] longer = json.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer all =
                ByteBuffer.allocate(8 + longer.length + bytes.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, all.putLong(longer.length).put(longer).put(bytes).array());
    }
}
