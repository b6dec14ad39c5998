package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.intake.RetrySchedule;
import dev.darkroom.worker.model.Precision;
import java.time.Duration;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    /** Numbers from 0 to 1 are made of the upper bits: these give 0, a half, and just below 1. */
    private static final RandomGenerator LOWEST = () -> 0L;

    private static final RandomGenerator MIDDLE = () -> Long.MIN_VALUE;
    private static final RandomGenerator HIGHEST = () -> -1L;

    private static final RetrySchedule SCHEDULE = new RetrySchedule(3, MIDDLE);

    @Test
    void aFailureThatMayPassIsFollowedByAnotherAttempt() {
        JobFailedException failure = new JobFailedException(FailureCode.INFERENCE_FAILED, "for a test");
        assertThat(policy(MIDDLE).nextAttempt(failure, 1)).contains(Duration.ofSeconds(5));
        assertThat(policy(MIDDLE).nextAttempt(failure, 2)).contains(Duration.ofSeconds(30));
        assertThat(policy(MIDDLE).nextAttempt(failure, 3)).isEmpty();
    }

    @Test
    void theSameNumbersAreNotComputedAgain() {
        JobFailedException failure = new NonFiniteJobException(Precision.FP32, new IllegalStateException("infinite"));
        assertThat(failure.code()).isEqualTo(FailureCode.INFERENCE_FAILED);
        assertThat(policy(MIDDLE).nextAttempt(failure, 1)).isEmpty();
    }

    @Test
    void aJobThatWorkersDieOfIsNotTriedAgain() {
        assertThat(policy(MIDDLE).nextAttempt(new DeadlyJobException("for a test"), 1))
                .isEmpty();
    }

    @Test
    void aBucketIsWaitedForWithoutEnd() {
        assertThat(IntStream.rangeClosed(1, 5).mapToObj(policy(MIDDLE)::outage).map(Duration::toSeconds))
                .containsExactly(1L, 5L, 30L, 120L, 120L);
        assertThat(policy(MIDDLE).outage(Integer.MAX_VALUE)).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void waitsDifferByAFifthAtMost() {
        assertThat(policy(LOWEST).outage(2)).isEqualTo(Duration.ofSeconds(4));
        assertThat(policy(HIGHEST).outage(2)).isEqualTo(Duration.ofSeconds(6));
    }

    private static RetryPolicy policy(RandomGenerator random) {
        return new RetryPolicy(SCHEDULE, random);
    }
}
