package dev.darkroom.worker.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class StepTimesTest {
    private static final Offset<Double> EXACT = within(1e-9);
    private static final int XL = 1024 * 1024;

    private final StepTimes times = new StepTimes(Duration.ofMillis(200), Optional.empty());

    private static JobSize size(String model, int steps, int images, int pixels) {
        return new JobSize(Optional.of(model), steps, images, OptionalInt.of(pixels));
    }

    /** Of the steps of a picture that begins with another only a part is made. */
    @Test
    void aStrengthLeavesStepsOut() {
        GenerationJob.Builder job = GenerationJob.builder("a", "x").numInferenceSteps(20);
        GivenImage image = GivenImage.of("inputs/a.png");
        assertThat(JobSize.of(job.given(image).build()).steps()).isEqualTo(16);
        assertThat(JobSize.of(job.given(image.withStrength(0.3)).build()).steps())
                .isEqualTo(6);
        assertThat(JobSize.of(job.given(image.withStrength(0)).build()).steps()).isEqualTo(1);
        assertThat(JobSize.of(job.given(image.withMask("inputs/b.png")).build()).steps())
                .isEqualTo(20);
        assertThat(JobSize.of(job.given(image.withGuidance(2)).build()).steps()).isEqualTo(20);
    }

    @Test
    void aJobSaysHowLargeItIs() {
        assertThat(JobSize.of(GenerationJob.builder("a", "x")
                        .model("m")
                        .width(1024)
                        .height(512)
                        .numInferenceSteps(7)
                        .numImages(3)
                        .build()))
                .isEqualTo(size("m", 7, 3, 1024 * 512));
        assertThat(JobSize.of(GenerationJob.builder("a", "x").width(1024).build()))
                .isEqualTo(JobSize.USUAL);
        assertThat(JobSize.of(GenerationJob.builder("a", "x").scheduler("lcm").build())
                        .steps())
                .isEqualTo(4);
        assertThat(JobSize.of(GenerationJob.builder("a", "x")
                                .scheduler("nobodys")
                                .build())
                        .steps())
                .isEqualTo(25);
    }

    @Test
    void anUnknownModelTakesWhatIsConfigured() {
        assertThat(times.seconds(size("m", 10, 2, XL))).isEqualTo(10 * 2 * 4 * 0.2, EXACT);
        assertThat(times.all()).isEmpty();
    }

    @Test
    void aModelTakesWhatItsJobsTook() {
        times.learn("m", size("m", 10, 1, XL), XL, 20);

        assertThat(times.seconds(size("m", 20, 1, XL))).isEqualTo(40, EXACT);
        assertThat(times.seconds(size("other", 10, 1, XL))).isEqualTo(8, EXACT);
        assertThat(times.all()).containsOnlyKeys("m");
        assertThat(times.all().get("m")).isEqualTo(new LagReading.ModelTime(0.5, 1));
    }

    @Test
    void whatJobsTookLatelyMatters() {
        for (int i = 0; i < 100; i++) {
            times.learn("m", size("m", 10, 1, XL), XL, 20);
        }
        for (int i = 0; i < 100; i++) {
            times.learn("m", size("m", 10, 1, XL), XL, 10);
        }

        assertThat(times.seconds(size("m", 10, 1, XL))).isEqualTo(10, within(0.1));
    }

    @Test
    void aModelsNativeSizeIsLearntFromJobsThatNameNone() {
        JobSize open = new JobSize(Optional.of("m"), 10, 1, OptionalInt.empty());
        times.learn("m", open, XL, 20);

        assertThat(times.seconds(open)).isEqualTo(20, EXACT);
        assertThat(times.seconds(size("m", 10, 1, XL / 4))).isEqualTo(5, EXACT);
    }

    @Test
    void aJobThatNamesNoModelIsOfTheDefaultOrOfTheLastOne() {
        times.learn("m", size("m", 25, 1, 512 * 512), 512 * 512, 50);
        StepTimes configured = new StepTimes(Duration.ofMillis(200), Optional.of("default"));
        configured.learn("m", size("m", 25, 1, 512 * 512), 512 * 512, 50);

        assertThat(times.seconds(JobSize.USUAL)).isEqualTo(50, EXACT);
        assertThat(configured.seconds(JobSize.USUAL)).isEqualTo(5, EXACT);
    }

    @Test
    void whatCannotBeTeachesNothing() {
        times.learn("m", JobSize.USUAL, XL, 0);
        times.learn("m", JobSize.USUAL, XL, 1e9);
        times.learn("m", JobSize.USUAL, XL, Double.NaN);
        times.learn("m", JobSize.USUAL, Integer.MAX_VALUE, 1);

        assertThat(times.all()).isEmpty();
    }

    @Test
    void theModelsThatAreKnownAreBounded() {
        for (int i = 0; i < 1_000; i++) {
            times.learn("m" + i, JobSize.USUAL, XL, 1);
        }

        assertThat(times.all()).hasSize(50).containsKey("m999");
    }
}
