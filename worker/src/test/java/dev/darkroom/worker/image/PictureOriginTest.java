package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** What a picture says of the other files that it was made from. */
class PictureOriginTest {
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void thePictureThatItBeganWithIsNamed() throws IOException {
        GenerationParameters plain = GenerationParametersTest.parameters("a", "");
        SourceParameters source = new SourceParameters(
                "inputs/a.png",
                HASH,
                OptionalDouble.of(0.75),
                Optional.of(new SourceParameters.Masked("inputs/b.png", HASH)),
                OptionalDouble.empty());
        GenerationParameters from = with(plain, Optional.of(source), List.of());
        assertThat(from.parametersText()).contains(", Denoising strength: 0.75, ");
        JsonNode json = JSON.readTree(from.json()).get("source");
        assertThat(json.get("image").asText()).isEqualTo("inputs/a.png");
        assertThat(json.get("image_sha256").asText()).isEqualTo(HASH);
        assertThat(json.get("strength").asDouble()).isEqualTo(0.75);
        assertThat(json.get("mask_image").asText()).isEqualTo("inputs/b.png");
        assertThat(json.get("mask_image_sha256").asText()).isEqualTo(HASH);
        assertThat(plain.json()).doesNotContain("source");

        SourceParameters edited = new SourceParameters(
                "inputs/a.png", HASH, OptionalDouble.empty(), Optional.empty(), OptionalDouble.of(1.5));
        assertThat(with(plain, Optional.of(edited), List.of()).parametersText()).contains(", Image CFG scale: 1.5, ");
        assertThat(with(plain, Optional.of(edited), List.of()).json()).endsWith("\"image_guidance_scale\":1.5}}");
    }

    private static GenerationParameters with(
            GenerationParameters from, Optional<SourceParameters> source, List<GenerationParameters.Lora> loras) {
        return with(from, source, loras, List.of());
    }

    private static GenerationParameters with(
            GenerationParameters from,
            Optional<SourceParameters> source,
            List<GenerationParameters.Lora> loras,
            List<GenerationParameters.Embedding> embeddings) {
        return new GenerationParameters(
                from.prompt(),
                from.negativePrompt(),
                from.width(),
                from.height(),
                from.numInferenceSteps(),
                from.guidanceScale(),
                from.guidanceRescale(),
                from.guidanceStart(),
                from.guidanceEnd(),
                from.cacheInterval(),
                from.scheduler(),
                from.sampler(),
                from.scheduleType(),
                from.eta(),
                from.seed(),
                from.image(),
                from.numImages(),
                from.noise(),
                from.promptSyntax(),
                from.clipSkip(),
                from.model(),
                from.modelSha256(),
                from.version(),
                source,
                loras,
                embeddings);
    }

    @Test
    void lorasAreToldAsA1111TellsThemAndAsJobsDo() throws IOException {
        GenerationParameters plain = GenerationParametersTest.parameters("a cat<lora:grain:2>", "");
        GenerationParameters.Lora listed = new GenerationParameters.Lora(
                "ink: wash", Optional.of(-0.5), "1".repeat(64), "abcdef012345" + "2".repeat(52));
        GenerationParameters.Lora named =
                new GenerationParameters.Lora("grain", Optional.empty(), "3".repeat(64), "4".repeat(64));
        GenerationParameters changed = with(plain, Optional.empty(), List.of(listed, named));
        assertThat(changed.parametersText())
                .startsWith("a cat<lora:grain:2> <lora:ink: wash:-0.5>\nSteps: 20")
                .contains("Lora hashes: \"ink: wash: abcdef012345, grain: 444444444444\", RNG");
        JsonNode json = JSON.readTree(changed.json());
        assertThat(json.get("loras")).isEqualTo(JSON.readTree("[{\"id\":\"ink: wash\",\"scale\":-0.5}]"));
        assertThat(json.get("lora_sha256").get("grain").asText()).isEqualTo("3".repeat(64));
        assertThat(plain.json()).doesNotContain("lora_sha256", "loras");
    }

    @Test
    void embeddingsAreToldAsA1111TellsThem() throws IOException {
        GenerationParameters plain = GenerationParametersTest.parameters("a cat", "");
        GenerationParameters changed = with(
                plain,
                Optional.empty(),
                List.of(),
                List.of(
                        new GenerationParameters.Embedding("<toy:cat, x>", "abcdef012345" + "2".repeat(52)),
                        new GenerationParameters.Embedding("ink", "4".repeat(64))));
        assertThat(changed.parametersText())
                .contains(", TI hashes: \"<toycat x>: abcdef012345, ink: 444444444444\", RNG");
        assertThat(JSON.readTree(changed.json()).get("embedding_sha256"))
                .isEqualTo(JSON.readTree("{\"<toy:cat, x>\":\"abcdef012345" + "2".repeat(52) + "\",\"ink\":\""
                        + "4".repeat(64) + "\"}"));
        assertThat(plain.json()).doesNotContain("embedding");
    }
}
