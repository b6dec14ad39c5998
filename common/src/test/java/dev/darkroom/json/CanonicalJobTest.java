package dev.darkroom.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.LoraUse;
import dev.darkroom.job.Noise;
import dev.darkroom.job.OutputFormat;
import dev.darkroom.job.PromptSyntax;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CanonicalJobTest {
    @Test
    void isSortedJsonWithoutWhatDoesNotMakeThePicture() {
        assertThat(CanonicalJob.bytes(resolved().build()))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"clip_skip\":0,\"eta\":0,\"guidance_rescale\":0.7,\"guidance_scale\":7.5,\"height\":768,"
                        + "\"model\":\"shapes\",\"negative_prompt\":\"\",\"num_images\":1,\"num_inference_steps\":20,"
                        + "\"output\":{\"format\":\"png\"},\"prompt\":\"gro\u00df \\\"\\n\ud83d\uddbc\",\"scheduler\":\"euler\","
                        + "\"seed\":7,\"width\":512}");
    }

    /** Computed with another program; a change here gives every picture in every bucket another key. */
    @Test
    void hashesAsItAlwaysHas() {
        assertThat(CanonicalJob.sha256(resolved().build()))
                .isEqualTo("a2f6db45efd1e82b5536423c56061f40a60bc99b760b90157954b8d04d309c4c");
    }

    @Test
    void leavesOutContextAndDeadline() {
        GenerationJob other = resolved()
                .context("[1]")
                .deadline(Instant.parse("2030-01-31T12:00:00Z"))
                .build();
        assertThat(CanonicalJob.sha256(other))
                .isEqualTo(CanonicalJob.sha256(resolved().build()));
    }

    @Test
    void leavesOutTheId() {
        GenerationJob one = resolve(GenerationJob.builder("one", "a cat")).build();
        GenerationJob two = resolve(GenerationJob.builder("two", "a cat")).build();
        assertThat(CanonicalJob.sha256(one)).isEqualTo(CanonicalJob.sha256(two));
    }

    static Stream<UnaryOperator<GenerationJob.Builder>> changes() {
        return Stream.of(
                job -> job.model("other"),
                job -> job.negativePrompt("x"),
                job -> job.width(520),
                job -> job.height(520),
                job -> job.numInferenceSteps(21),
                job -> job.guidanceScale(7.500000000000001),
                job -> job.scheduler("ddim"),
                job -> job.seed(8),
                job -> job.numImages(2),
                job -> job.clipSkip(1),
                job -> job.promptSyntax(PromptSyntax.WEIGHTED),
                job -> job.noise(Noise.CUDA_PHILOX),
                job -> job.guidanceRescale(0.1),
                job -> job.guidanceStart(0.1),
                job -> job.guidanceEnd(0.9),
                job -> job.cacheInterval(2),
                job -> job.given(GivenImage.of("inputs/a.png")),
                job -> job.given(GivenImage.of("inputs/a.png").withStrength(0.5)),
                job -> job.given(GivenImage.of("inputs/a.png").withMask("inputs/b.png")),
                job -> job.given(GivenImage.of("inputs/a.png").withGuidance(2)),
                job -> job.loras(List.of(new LoraUse("a"))),
                job -> job.loras(List.of(new LoraUse("a", 0.5))),
                job -> job.eta(Double.MIN_VALUE),
                job -> job.output(OutputFormat.jpeg(90)),
                job -> job.output(OutputFormat.jpeg(91)));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void dependsOnEverythingElse(UnaryOperator<GenerationJob.Builder> change) {
        assertThat(CanonicalJob.sha256(change.apply(resolved()).build()))
                .isNotEqualTo(CanonicalJob.sha256(resolved().build()));
    }

    @Test
    void isTheSameForAJobThatTravelled() throws Exception {
        GenerationJob job =
                resolved().numImages(3).output(OutputFormat.jpeg(50)).build();
        assertThat(CanonicalJob.bytes(JobCodec.decode(JobCodec.encode(job)))).isEqualTo(CanonicalJob.bytes(job));
    }

    @Test
    void needsEverythingFilledIn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CanonicalJob.bytes(
                        GenerationJob.builder("a", "secret").seed(1).build()))
                .withMessageContaining(
                        List.of("model", "width", "height", "num_inference_steps", "guidance_scale", "scheduler")
                                .toString())
                .withMessageNotContaining("secret");
    }

    private static GenerationJob.Builder resolved() {
        return resolve(GenerationJob.builder("a", "groß \"\n🖼")).guidanceRescale(0.7);
    }

    private static GenerationJob.Builder resolve(GenerationJob.Builder job) {
        return job.model("shapes")
                .width(512)
                .height(768)
                .numInferenceSteps(20)
                .guidanceScale(7.5)
                .scheduler("euler")
                .seed(7);
    }
}
