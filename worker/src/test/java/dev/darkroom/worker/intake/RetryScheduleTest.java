package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.FailureCode;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryScheduleTest {
    @ParameterizedTest
    @CsvSource({"1, 5", "2, 30", "3, 120", "4, 600", "5, 600", "19, 600"})
    void theWaitGrowsWithTheAttemptGiveOrTakeAFifth(int attempt, int seconds) {
        RetrySchedule schedule = new RetrySchedule(20, new SplittableRandom(1));
        Duration least = Duration.ofSeconds(1000);
        Duration most = Duration.ZERO;
        for (int i = 0; i < 1000; i++) {
            Duration wait = schedule.afterFailure(FailureCode.INTERNAL, attempt).orElseThrow();
            least = wait.compareTo(least) < 0 ? wait : least;
            most = wait.compareTo(most) > 0 ? wait : most;
        }

        assertThat(least).isBetween(Duration.ofMillis(800L * seconds), Duration.ofMillis(820L * seconds));
        assertThat(most).isBetween(Duration.ofMillis(1180L * seconds), Duration.ofMillis(1200L * seconds));
        assertThat(most).isLessThanOrEqualTo(RetrySchedule.LONGEST_WAIT);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "5, 4", "20, 19"})
    void thereAreAsManyAttemptsAsConfigured(int attempts, int waits) {
        RetrySchedule schedule = new RetrySchedule(attempts, new SplittableRandom(1));
        int attempt = 1;
        while (schedule.afterFailure(FailureCode.INFERENCE_FAILED, attempt).isPresent()) {
            attempt++;
        }

        assertThat(attempt).isEqualTo(attempts);
        assertThat(attempt - 1).isEqualTo(waits);
    }

    @Test
    void theCodeDecidesWhetherThereIsAnother() {
        RetrySchedule schedule = new RetrySchedule(5, new SplittableRandom(1));
        for (FailureCode code : FailureCode.values()) {
            assertThat(schedule.afterFailure(code, 1).isPresent())
                    .as(code.name())
                    .isEqualTo(code.retriable());
        }
        assertThat(schedule.afterFailure(FailureCode.OUT_OF_MEMORY, 2)).isEmpty();
    }

    @Test
    void theUnitIsForHaste() {
        RetrySchedule schedule = new RetrySchedule(5, new SplittableRandom(1), Duration.ofMillis(1));

        assertThat(schedule.afterFailure(FailureCode.INTERNAL, 3).orElseThrow())
                .isBetween(Duration.ofMillis(96), Duration.ofMillis(144));
        assertThatThrownBy(() -> new RetrySchedule(5, new SplittableRandom(1), Duration.ofSeconds(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT2S");
        assertThatThrownBy(() -> new RetrySchedule(0, new SplittableRandom(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
