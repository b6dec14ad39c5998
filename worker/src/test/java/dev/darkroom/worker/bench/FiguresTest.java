package dev.darkroom.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FiguresTest {
    private static final Instant START = Instant.parse("2026-11-28T10:00:00Z");

    @Test
    void theTimeBeforeTheFirstStartDoesNotCount() {
        List<JobTimes> jobs = List.of(job(0, 1_000, 3_000), job(500, 3_000, 4_000), job(1_000, 2_000, 5_000));

        Figures figures = Figures.of(List.of(new Figures.Round(jobs, Duration.ofSeconds(3), Duration.ofMillis(1_500))));

        assertThat(figures)
                .isEqualTo(new Figures(
                        Duration.ofSeconds(4),
                        0.75,
                        0.75,
                        new Percentiles(1_000, 2_500, 2_500),
                        new Percentiles(2_000, 3_000, 3_000),
                        new Percentiles(3_500, 4_000, 4_000),
                        500));
    }

    private static JobTimes job(long due, long started, long ended) {
        return new JobTimes(START.plusMillis(due), START.plusMillis(started), START.plusMillis(ended));
    }

    @Test
    void percentilesAreNearestRanks() {
        assertThat(millis(LongStream.rangeClosed(200_001, 200_100)))
                .isEqualTo(new Percentiles(200_050, 200_095, 200_099));
        assertThat(millis(LongStream.of(7))).isEqualTo(new Percentiles(7, 7, 7));
        assertThat(millis(LongStream.of(20, 10))).isEqualTo(new Percentiles(10, 20, 20));
    }

    @Test
    void aClockThatWasSetBackCountsAsNothing() {
        assertThat(millis(LongStream.of(-5))).isEqualTo(new Percentiles(0, 0, 0));
    }

    @Test
    void longOnesHaveFiveDigits() {
        long hours = Duration.ofHours(3).toMillis();

        assertThat((double) millis(LongStream.of(hours)).p50() / hours).isBetween(1.0, 1.00001);
    }

    @Test
    void nothingHasNoPercentiles() {
        assertThatIllegalArgumentException().isThrownBy(() -> Percentiles.of(List.of()));
    }

    private static Percentiles millis(LongStream samples) {
        return Percentiles.of(samples.mapToObj(Duration::ofMillis).toList());
    }
}
