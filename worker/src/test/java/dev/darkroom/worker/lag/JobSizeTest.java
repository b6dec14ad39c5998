package dev.darkroom.worker.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class JobSizeTest {
    private static final Offset<Double> EXACT = within(1e-9);

    private static GenerationJob.Builder job(int steps) {
        return GenerationJob.builder("a", "x").numInferenceSteps(steps);
    }

    private static double steps(GenerationJob.Builder job) {
        return JobSize.of(job.build()).steps();
    }

    @Test
    void aJobSaysHowLargeItIs() {
        assertThat(JobSize.of(
                        job(7).model("m").width(1024).height(512).numImages(3).build()))
                .isEqualTo(new JobSize(Optional.of("m"), 7, 3, OptionalInt.of(1024 * 512)));
        assertThat(JobSize.of(GenerationJob.builder("a", "x").width(1024).build()))
                .isEqualTo(JobSize.USUAL);
        assertThat(steps(GenerationJob.builder("a", "x").scheduler("lcm"))).isEqualTo(4, EXACT);
        assertThat(steps(GenerationJob.builder("a", "x").scheduler("nobodys"))).isEqualTo(25, EXACT);
    }

    /** Of the steps of a picture that begins with another only a part is made. */
    @Test
    void aStrengthLeavesStepsOut() {
        GivenImage image = GivenImage.of("inputs/a.png");
        assertThat(steps(job(20).given(image))).isEqualTo(16, EXACT);
        assertThat(steps(job(20).given(image.withStrength(0.3)))).isEqualTo(6, EXACT);
        assertThat(steps(job(20).given(image.withStrength(0)))).isEqualTo(1, EXACT);
        assertThat(steps(job(20).given(image.withMask("inputs/b.png")))).isEqualTo(20, EXACT);
    }

    @Test
    void aSecondCallOfTheUnetIsAnotherStep() {
        assertThat(steps(job(20).scheduler("heun_karras"))).isEqualTo(39, EXACT);
        assertThat(steps(job(20).scheduler("pndm"))).isEqualTo(21, EXACT);
        assertThat(steps(job(20).scheduler("heun").given(GivenImage.of("a.png").withStrength(0.5))))
                .isEqualTo(19, EXACT);
    }

    @Test
    void aStepWithoutGuidanceIsOneRowOfTwo() {
        assertThat(steps(job(20).guidanceScale(1.01))).isEqualTo(20, EXACT);
        assertThat(steps(job(20).guidanceScale(1))).isEqualTo(10, EXACT);
        assertThat(steps(job(20).guidanceScale(0))).isEqualTo(10, EXACT);
        assertThat(steps(job(20).guidanceStart(0.2).guidanceEnd(0.7))).isEqualTo(10 + 10 * 0.5, EXACT);
        // Of the steps that are made, not of those that are asked for.
        assertThat(steps(job(20).guidanceEnd(0.5).given(GivenImage.of("a.png").withStrength(0.5))))
                .isEqualTo(5 + 5 * 0.5, EXACT);
    }

    @Test
    void anEditedPictureTakesThreeRows() {
        GivenImage image = GivenImage.of("inputs/a.png");
        assertThat(steps(job(20).given(image.withGuidance(1.5)))).isEqualTo(30, EXACT);
        assertThat(steps(job(20).given(image.withGuidance(1.5)).guidanceEnd(0.5)))
                .isEqualTo(10 * 1.5 + 10 * 0.5, EXACT);
        assertThat(steps(job(20).given(image.withGuidance(0.9)))).isEqualTo(10, EXACT);
        assertThat(steps(job(20).given(image.withGuidance(1.5)).guidanceScale(1)))
                .isEqualTo(10, EXACT);
    }

    @Test
    void aStepThatReusesDeepFeaturesIsATenth() {
        assertThat(steps(job(20).cacheInterval(3))).isEqualTo(7 + 13 * 0.1, EXACT);
        assertThat(steps(job(2).cacheInterval(20))).isEqualTo(1 + 0.1, EXACT);
        assertThat(steps(job(20).cacheInterval(2).guidanceScale(1))).isEqualTo(5 + 5 * 0.1, EXACT);
    }

    /** The first guided step finds no features of the negative prompt, so it runs the whole UNet out of its turn. */
    @Test
    void theFirstGuidedStepIsAWholeOne() {
        // Whole: 0 and 4 with a row, 5 and 8 with two. Of the others 3 have a row, 3 two.
        assertThat(steps(job(10).cacheInterval(4).guidanceStart(0.5)))
                .isEqualTo(2 * 0.5 + 2 + 0.1 * (3 * 0.5 + 3), EXACT);
    }
}
