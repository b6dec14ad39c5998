package dev.darkroom.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.job.LoraUse;
import dev.darkroom.job.Noise;
import dev.darkroom.job.OutputFormat;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.job.Violation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobCodecTest {
    private static final Map<String, GenerationJob> VALID = Map.of(
            "minimal", GenerationJob.builder("cat-1", "a cat").build(),
            "empty-prompt", GenerationJob.builder("0", "").build(),
            "full", full(),
            "loose-forms",
                    GenerationJob.builder("_", "a cat")
                            .seed(1000)
                            .width(512)
                            .height(64)
                            .guidanceScale(0)
                            .deadline(Instant.parse("2030-02-01T05:00:00Z"))
                            .context("null")
                            .build(),
            "longest",
                    GenerationJob.builder("x".repeat(64), "🖼".repeat(4000))
                            .model("m".repeat(128))
                            .negativePrompt("n".repeat(4000))
                            .scheduler("s".repeat(64))
                            .context("\"" + "c".repeat(4094) + "\"")
                            .build());

    static GenerationJob full() {
        return GenerationJob.builder("Job_7.of-9", "ein roter Kreis, \"groß\",\n\ton blue 🖼")
                .model("shapes")
                .negativePrompt("blurry\r\n")
                .width(512)
                .height(768)
                .numInferenceSteps(20)
                .guidanceScale(7.5)
                .scheduler("dpmpp_2m_karras")
                .seed(Long.MAX_VALUE)
                .numImages(16)
                .promptSyntax(PromptSyntax.WEIGHTED)
                .noise(Noise.CUDA_PHILOX)
                .clipSkip(2)
                .guidanceRescale(0.7)
                .guidanceStart(0.2)
                .guidanceEnd(0.75)
                .cacheInterval(3)
                .given(GivenImage.of("inputs/2030/cat_1.png")
                        .withStrength(0.55)
                        .withMask("inputs/..mask.jpg")
                        .withGuidance(1.5))
                .loras(List.of(new LoraUse("ink", -0.25), new LoraUse("grain")))
                .eta(1)
                .output(OutputFormat.jpeg(85))
                .deadline(Instant.parse("2030-01-31T12:00:00.250Z"))
                .context("{\"user\":  42.50, \"tags\": [\"a\", null, true], \"nested\": {\"🖼\": \"\\ud800\"}}")
                .build();
    }

    static List<String> validNames() throws IOException {
        return Golden.names("jobs/valid");
    }

    static List<String> invalidPaths() throws IOException {
        return Stream.of("jobs/invalid", "jobs/invalid-beyond-schema")
                .flatMap(folder -> names(folder).map(name -> folder + "/" + name))
                .toList();
    }

    private static Stream<String> names(String folder) {
        try {
            return Golden.names(folder).stream();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("validNames")
    void readsEveryGoldenJobAsTheJobItDescribes(String name) throws Exception {
        assertThat(JobCodec.decode(Golden.bytes("jobs/valid/" + name + ".json")))
                .isEqualTo(VALID.get(name));
    }

    @ParameterizedTest
    @MethodSource("validNames")
    void readsBackWhatItWrites(String name) throws Exception {
        GenerationJob job = VALID.get(name);
        assertThat(JobCodec.decode(JobCodec.encode(job))).isEqualTo(job);
    }

    @ParameterizedTest
    @ValueSource(strings = {"minimal", "empty-prompt", "full", "longest"})
    void writesTheGoldenJob(String name) throws Exception {
        assertThat(StrictJson.MAPPER.readTree(JobCodec.encode(VALID.get(name))))
                .isEqualTo(StrictJson.MAPPER.readTree(Golden.bytes("jobs/valid/" + name + ".json")));
    }

    @ParameterizedTest
    @MethodSource("invalidPaths")
    void reportsEveryRuleThatAGoldenJobBreaks(String path) throws Exception {
        InvalidJobException invalid = refusal(Golden.bytes(path + ".json"));
        assertThat(invalid.violations().stream().map(Violation::toString))
                .containsExactlyElementsOf(Golden.lines(path + ".violations"));
    }

    @ParameterizedTest
    @MethodSource("invalidPaths")
    void neverRepeatsAPrompt(String path) throws Exception {
        assertThat(refusal(Golden.bytes(path + ".json"))).message().doesNotContain("secret", "words");
    }

    @Test
    void salvagesIdAndContextOfABrokenJob() {
        InvalidJobException invalid = refusal("{\"context\": {\"a\": 1.0 }, \"id\": \"cat-1\", \"prompt\": 7}");
        assertThat(invalid.jobId()).contains("cat-1");
        assertThat(invalid.context()).contains("{\"a\": 1.0 }");
    }

    @Test
    void salvagesWhatCameBeforeTheTextBreaksOff() {
        InvalidJobException invalid = refusal("{\"id\": \"cat-1\", \"context\": [1], \"prompt\": \"a c");
        assertThat(invalid.jobId()).contains("cat-1");
        assertThat(invalid.context()).contains("[1]");
        assertThat(invalid.violations())
                .containsExactly(new Violation("", "must be a JSON object, ends too early at line 1, column 47"));
    }

    @Test
    void salvagesNoIdThatCouldNotNameAnEvent() {
        assertThat(refusal("{\"id\": \"../up\", \"prompt\": \"\"}").jobId()).isEmpty();
    }

    @Test
    void readsPastASchemaRegistrysPrefix() throws Exception {
        byte[] json = JobCodec.encode(full());
        byte[] prefixed = new byte[json.length + 5];
        prefixed[4] = 17;
        System.arraycopy(json, 0, prefixed, 5, json.length);
        assertThat(JobCodec.decode(prefixed)).isEqualTo(full());
    }

    static InvalidJobException refusal(String json) {
        return refusal(json.getBytes(StandardCharsets.UTF_8));
    }

    static InvalidJobException refusal(byte[] value) {
        InvalidJobException invalid = catchThrowableOfType(InvalidJobException.class, () -> JobCodec.decode(value));
        assertThat(invalid).as("a refusal").isNotNull();
        return invalid;
    }
}
