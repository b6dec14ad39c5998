package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.model.Precision;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetryPolicyTest {
    /** Numbers from 0 to 1 are made of the upper bits: these give 0, a half, and just below 1. */
    private static final RandomGenerator LOWEST = () -> 0L;

    private static final RandomGenerator MIDDLE = () -> Long.MIN_VALUE;
    private static final RandomGenerator HIGHEST = () -> -1L;

    @ParameterizedTest
    @EnumSource(
            value = FailureCode.class,
            names = {"INVALID_JOB", "DUPLICATE_ID", "UNKNOWN_MODEL", "UNSUPPORTED"})
    void whatCannotHelpIsNotTriedAgain(FailureCode code) {
        assertThat(new RetryPolicy(MIDDLE).wait(failure(code), 1)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = FailureCode.class,
            names = {"MODEL_UNAVAILABLE", "INFERENCE_FAILED", "INTERNAL"})
    void whatMayPassIsTriedThreeTimesMore(FailureCode code) {
        assertThat(waits(code, 3)).containsExactly(1L, 5L, 30L);
        assertThat(new RetryPolicy(MIDDLE).wait(failure(code), 4)).isEmpty();
    }

    @Test
    void aPictureThatDidNotFitIsTriedOnceMore() {
        assertThat(waits(FailureCode.OUT_OF_MEMORY, 1)).containsExactly(1L);
        assertThat(new RetryPolicy(MIDDLE).wait(failure(FailureCode.OUT_OF_MEMORY), 2))
                .isEmpty();
    }

    @Test
    void aBucketIsWaitedForWithoutEnd() {
        assertThat(waits(FailureCode.STORAGE_UNAVAILABLE, 5)).containsExactly(1L, 5L, 30L, 120L, 120L);
        assertThat(new RetryPolicy(MIDDLE).wait(failure(FailureCode.STORAGE_UNAVAILABLE), Integer.MAX_VALUE))
                .contains(Duration.ofMinutes(2));
        assertThat(new RetryPolicy(MIDDLE).settlement(Integer.MAX_VALUE)).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void waitsDifferByAFifthAtMost() {
        assertThat(new RetryPolicy(LOWEST).settlement(2)).isEqualTo(Duration.ofSeconds(4));
        assertThat(new RetryPolicy(HIGHEST).settlement(2)).isEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void theSameNumbersAreNotComputedAgain() {
        JobFailedException failure = new NonFiniteJobException(Precision.FP32, new IllegalStateException("infinite"));
        assertThat(failure.code()).isEqualTo(FailureCode.INFERENCE_FAILED);
        assertThat(new RetryPolicy(MIDDLE).wait(failure, 1)).isEmpty();
    }

    private static JobFailedException failure(FailureCode code) {
        return new JobFailedException(code, "for a test");
    }

    private static List<Long> waits(FailureCode code, int failures) {
        return IntStream.rangeClosed(1, failures)
                .mapToObj(count -> new RetryPolicy(MIDDLE).wait(failure(code), count))
                .map(Optional::orElseThrow)
                .map(Duration::toSeconds)
                .toList();
    }
}
