package dev.darkroom.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationJobTest {
    static Stream<Arguments> broken() {
        return Stream.of(
                broken("model: must not be empty", job -> job.model("")),
                broken("negative_prompt: must have at most 4000", job -> job.negativePrompt("x".repeat(4001))),
                broken(
                        "width: must be a whole number from 64 to 2048 and a multiple of 8, is 65",
                        job -> job.width(65)),
                broken("height: ", job -> job.height(0)),
                broken("num_inference_steps: ", job -> job.numInferenceSteps(151)),
                broken("guidance_scale: must be a number from 0 to 30, is NaN", job -> job.guidanceScale(Double.NaN)),
                broken("guidance_scale: ", job -> job.guidanceScale(Double.POSITIVE_INFINITY)),
                broken("scheduler: ", job -> job.scheduler("Euler a")),
                broken("seed: ", job -> job.seed(-1)),
                broken("num_images: ", job -> job.numImages(0)),
                broken("clip_skip: ", job -> job.clipSkip(-1)),
                broken("guidance_rescale: ", job -> job.guidanceRescale(1.5)),
                broken("guidance_start: must be a number from 0 to 1, is -0.5", job -> job.guidanceStart(-0.5)),
                broken("guidance_end: must be a number from 0 to 1, is NaN", job -> job.guidanceEnd(Double.NaN)),
                broken(
                        "guidance_end: must be above guidance_start, 0.75, is 0.5",
                        job -> job.guidanceStart(0.75).guidanceEnd(0.5)),
                broken("guidance_end: must be above guidance_start, 1.0, is 1.0", job -> job.guidanceStart(1)),
                broken(
                        "loras: must name each LoRA once, name 'a' twice",
                        job -> job.loras(List.of(new LoraUse("a"), new LoraUse("a", 2)))),
                broken(
                        "loras/scale: must be a number from -10 to 10, is 10.5",
                        job -> job.loras(List.of(new LoraUse("a", 10.5)))),
                broken(
                        "loras: must be at most 8, are 9",
                        job -> job.loras(IntStream.range(0, 9)
                                .mapToObj(i -> new LoraUse("lora-" + i))
                                .toList())),
                broken("cache_interval: must be a whole number from 1 to 20, is 0", job -> job.cacheInterval(0)),
                broken("image: must be the key of an object", job -> job.given(GivenImage.of("s3://bucket/a.png"))),
                broken("image: ", job -> job.given(GivenImage.of("inputs/../a.png"))),
                broken("mask_image: ", job -> job.given(GivenImage.of("a").withMask("/b"))),
                broken(
                        "strength: must be a number from 0 to 1, is NaN",
                        job -> job.given(GivenImage.of("a").withStrength(Double.NaN))),
                broken(
                        "image_guidance_scale: ",
                        job -> job.given(GivenImage.of("a").withGuidance(31))),
                broken("eta: ", job -> job.eta(-Double.MIN_VALUE)),
                broken("output/quality: ", job -> job.output(OutputFormat.jpeg(0))),
                broken("deadline: ", job -> job.deadline(Instant.MAX)),
                broken("context: ", job -> job.context("{")),
                broken("context: ", job -> job.context("")),
                broken("context: ", job -> job.context("1, \"id\": 2")));
    }

    private static Arguments broken(String message, UnaryOperator<GenerationJob.Builder> change) {
        return Arguments.of(message, change);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void cannotBeInvalid(String message, UnaryOperator<GenerationJob.Builder> change) {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> change.apply(GenerationJob.builder("a", "a cat")).build())
                .withMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "a b", "é", "a\n"})
    void cannotHaveAnIdThatIsNoName(String id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GenerationJob.builder(id, "").build())
                .withMessageStartingWith("id: ");
    }

    @Test
    void keepsPromptsOutOfItsDescription() {
        GenerationJob job = GenerationJob.builder("a", "secret one")
                .negativePrompt("secret two")
                .context("\"secret three\"")
                .build();
        assertThat(job.toString()).contains("id=a").doesNotContain("secret");
    }

    @Test
    void isTheSameAfterATripThroughItsBuilder() {
        GenerationJob job = GenerationJob.builder("a", "a cat")
                .model("m")
                .negativePrompt("n")
                .width(64)
                .height(72)
                .numInferenceSteps(3)
                .guidanceScale(2)
                .scheduler("ddim")
                .seed(5)
                .numImages(2)
                .promptSyntax(PromptSyntax.WEIGHTED)
                .noise(Noise.CUDA_PHILOX)
                .clipSkip(1)
                .guidanceRescale(0.5)
                .guidanceStart(0.25)
                .guidanceEnd(0.5)
                .cacheInterval(4)
                .loras(List.of(new LoraUse("b"), new LoraUse("a", 0.5)))
                .eta(0.25)
                .output(OutputFormat.jpeg(7))
                .deadline(Instant.EPOCH)
                .context("{}")
                .build();
        assertThat(job.toBuilder().build()).isEqualTo(job);
        assertThat(GenerationJob.builder("a", "b").build().toBuilder().build())
                .isEqualTo(GenerationJob.builder("a", "b").build());
    }

    @Test
    void makesNoDifferenceBetweenTheTwoZeros() {
        assertThat(GenerationJob.builder("a", "")
                        .guidanceScale(-0.0)
                        .eta(-0.0)
                        .guidanceRescale(-0.0)
                        .guidanceStart(-0.0)
                        .build())
                .isEqualTo(GenerationJob.builder("a", "").guidanceScale(0).build());
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "7, 3, 10", "9223372036854775807, 0, 9223372036854775807", "9223372036854775807, 1, 0"})
    void countsSeedsUpAndAroundToZero(long seed, int image, long expected) {
        assertThat(GenerationJob.imageSeed(seed, image)).isEqualTo(expected);
    }

    @Test
    void knowsNoQualityOfAPng() {
        assertThat(new OutputFormat(OutputFormat.Kind.PNG, 3)).isEqualTo(OutputFormat.PNG);
    }
}
