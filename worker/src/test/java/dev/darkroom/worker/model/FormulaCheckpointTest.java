package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.platform.Fp16Conversions;
import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The checkpoints that other tests are run on are those of the golden vectors. */
class FormulaCheckpointTest {
    static Stream<JsonNode> examples() throws IOException {
        return StreamSupport.stream(
                FormulaCheckpoint.json("formula.json").get("examples").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void workedExamplesComeOutBitForBit(JsonNode example) {
        List<Long> shape = new ArrayList<>();
        example.get("shape").forEach(dimension -> shape.add(dimension.asLong()));
        long seed = Long.parseUnsignedLong(example.get("seed").asText().substring(2), 16);
        FormulaTensor tensor = new FormulaTensor(example.get("name").asText(), shape, seed);
        for (int i = 0; i < 4; i++) {
            int bits = Float.floatToRawIntBits(tensor.value(i));
            assertThat("0x%08x".formatted(bits))
                    .isEqualTo(example.get("float32_first4_bits").get(i).asText());
            short half = Fp16Conversions.floatToFp16(tensor.value(i));
            assertThat("0x%04x".formatted(half & 0xffff))
                    .isEqualTo(example.get("float16_first4_bits").get(i).asText());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-sd15,unet",
        "tiny-sd15,vae",
        "tiny-sd15,text_encoder",
        "tiny-sd21,unet",
        "tiny-sd21,vae",
        "tiny-sd21,text_encoder",
        "tiny-sdxl,unet",
        "tiny-sdxl,vae",
        "tiny-sdxl,text_encoder",
        "tiny-sdxl,text_encoder_2",
        "tiny-sd15-inpaint,unet",
        "tiny-sd15-pix2pix,unet"
    })
    void allWeightsOfAComponentHaveTheSumOfTheReference(String model, String component) throws IOException {
        FormulaCheckpoint checkpoint = FormulaCheckpoint.of(model);
        JsonNode expected = FormulaCheckpoint.json("index.json")
                .get(model)
                .get("components")
                .get(component);
        List<SafetensorsWriter.Spec> specs = checkpoint.tensors(component, DataType.F32);
        long values = 0;
        double sum = 0;
        for (SafetensorsWriter.Spec spec : specs) {
            FormulaTensor tensor = new FormulaTensor(component + "/" + spec.name(), spec.shape(), checkpoint.seed());
            for (long i = 0; i < spec.size(); i++) {
                sum += Math.abs(tensor.value(i));
            }
            values += spec.size();
        }
        assertThat(specs).hasSize(expected.get("tensors").asInt());
        assertThat(values).isEqualTo(expected.get("values").asLong());
        double reference = expected.get("abs_sum").asDouble();
        assertThat(sum).isCloseTo(reference, within(1e-9 * reference));
    }
}
