package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GenerationParametersTest {
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final ObjectMapper JSON = new ObjectMapper();

    static GenerationParameters parameters(String prompt, String negativePrompt) {
        return new GenerationParameters(
                prompt,
                negativePrompt,
                512,
                768,
                20,
                7,
                0,
                0,
                1,
                1,
                "dpmpp_2m_karras",
                "DPM++ 2M",
                "Karras",
                0,
                9_007_199_254_740_993L,
                0,
                1,
                "torch-cpu",
                "plain",
                0,
                "shapes",
                HASH,
                "0.1.0",
                Optional.empty(),
                List.of(),
                List.of());
    }

    @Test
    void theTextIsWhatA1111Reads() {
        assertThat(parameters("a cat, sitting", "dogs, \"blurry\"").parametersText())
                .isEqualTo("""
                        a cat, sitting
                        Negative prompt: dogs, "blurry"
                        Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 9007199254740993, \
                        Size: 512x768, Model hash: 0123456789, Model: shapes, RNG: CPU, Version: Darkroom 0.1.0""");
    }

    @Test
    void whatIsNotThereIsLeftOutAndOddValuesAreQuoted() {
        GenerationParameters parameters = new GenerationParameters(
                "a",
                "",
                64,
                64,
                4,
                7.25,
                0.7,
                0,
                1,
                1,
                "ddim",
                "DDIM",
                "Automatic",
                0.5,
                1,
                0,
                1,
                "cuda-philox",
                "weighted",
                1,
                "sd 1.5: \"x\", y",
                HASH,
                "1",
                Optional.empty(),
                List.of(),
                List.of());
        assertThat(parameters.parametersText()).isEqualTo("""
                        a
                        Steps: 4, Sampler: DDIM, Schedule type: Automatic, CFG scale: 7.25, Seed: 1, Size: 64x64, \
                        Model hash: 0123456789, Model: "sd 1.5: \\"x\\", y", Clip skip: 2, Eta DDIM: 0.5, RNG: NV, \
                        Version: Darkroom 1""");
    }

    @Test
    void theJsonHoldsAllOfIt() throws IOException {
        JsonNode json = JSON.readTree(parameters("a \"cat\"\n🐱", "").json());
        assertThat(json).isEqualTo(JSON.readTree("""
                                {"prompt": "a \\"cat\\"\\n🐱", "negative_prompt": "", "width": 512, "height": 768,
                                 "num_inference_steps": 20, "guidance_scale": 7, "guidance_rescale": 0,
                                 "scheduler": "dpmpp_2m_karras", "eta": 0, "seed": 9007199254740993, "image": 0,
                                 "num_images": 1, "clip_skip": 0,
                                 "noise": "torch-cpu", "prompt_syntax": "plain", "model": "shapes", "model_sha256": "%s", "version": "0.1.0"}
                                """.formatted(HASH)));
    }

    @Test
    void shortcutsAreToldWhereTheyWereTaken() throws IOException {
        GenerationParameters parameters = new GenerationParameters(
                "a",
                "",
                64,
                64,
                4,
                7,
                0,
                0.2,
                0.75,
                3,
                "ddim",
                "DDIM",
                "Automatic",
                0,
                1,
                0,
                1,
                "torch-cpu",
                "plain",
                0,
                "m",
                HASH,
                "1",
                Optional.empty(),
                List.of(),
                List.of());
        assertThat(parameters.parametersText())
                .contains(", Guidance start: 0.2, Guidance end: 0.75, Cache interval: 3, RNG: CPU");
        assertThat(parameters.json())
                .contains("\"guidance_rescale\":0,\"guidance_start\":0.2,\"guidance_end\":0.75,\"cache_interval\":3,");
        assertThat(JSON.readTree(parameters.json()).size())
                .isEqualTo(JSON.readTree(parameters("a", "").json()).size() + 3);
        assertThat(parameters("a", "").parametersText()).doesNotContain("Guidance", "Cache");
    }

    @Test
    void anyTextSurvivesTheJson() throws IOException {
        long seed = 20261124L;
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            StringBuilder prompt = new StringBuilder();
            for (int i = random.nextInt(60); i >= 0; i--) {
                prompt.append((char) random.nextInt(round % 2 == 0 ? 0x100 : 0x10000));
            }
            assertThat(JSON.readTree(parameters(prompt.toString(), "").json())
                            .get("prompt")
                            .textValue())
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(prompt.toString());
        }
    }

    @Test
    void numbersHaveNoExponent() throws IOException {
        GenerationParameters parameters = new GenerationParameters(
                "a",
                "",
                64,
                64,
                4,
                1e-7,
                30,
                0,
                1,
                1,
                "ddim",
                "DDIM",
                "Automatic",
                0.1,
                Long.MAX_VALUE,
                0,
                1,
                "torch-cpu",
                "plain",
                0,
                "m",
                HASH,
                "1",
                Optional.empty(),
                List.of(),
                List.of());
        assertThat(parameters.parametersText()).contains("CFG scale: 0.0000001,", "Seed: 9223372036854775807,");
        assertThat(parameters.json()).contains("\"guidance_rescale\":30,", "\"eta\":0.1,");
    }

    @Test
    void valuesThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new GenerationParameters(
                        "a",
                        "",
                        64,
                        64,
                        4,
                        Double.NaN,
                        0,
                        0,
                        1,
                        1,
                        "ddim",
                        "DDIM",
                        "Automatic",
                        0,
                        1,
                        0,
                        1,
                        "torch-cpu",
                        "plain",
                        0,
                        "m",
                        HASH,
                        "1",
                        Optional.empty(),
                        List.of(),
                        List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("guidance scale");
        assertThatThrownBy(() -> new GenerationParameters(
                        "a",
                        "",
                        64,
                        64,
                        4,
                        7,
                        0,
                        0,
                        1,
                        1,
                        "ddim",
                        "DDIM",
                        "Automatic",
                        0,
                        1,
                        0,
                        1,
                        "torch-cpu",
                        "plain",
                        0,
                        "m",
                        "ABC",
                        "1",
                        Optional.empty(),
                        List.of(),
                        List.of()))
                .hasMessageContaining("ABC");
    }
}
