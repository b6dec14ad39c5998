package dev.darkroom.worker.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
