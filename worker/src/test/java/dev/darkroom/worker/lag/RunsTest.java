package dev.darkroom.worker.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RunsTest {
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Offset<Double> EXACT = within(1e-9);

    private final Runs runs = new Runs();

    private Optional<Runs.Done> take(int second, JobEvent event) {
        return runs.take(new CloudEvent(event.eventId(), "worker", BEGIN.plusSeconds(second), event));
    }

    private Optional<Runs.Done> started(int second, String id, String worker) {
        return take(second, LagQueue.started(id, worker));
    }

    private Optional<Runs.Done> completed(int second, String id) {
        return take(second, LagQueue.completed(id));
    }

    @Test
    void aJobAloneHasItsWorker() {
        assertThat(started(0, "a", "w")).isEmpty();

        assertThat(runs.had("a", BEGIN.plusSeconds(4)))
                .hasValueSatisfying(had -> assertThat(had).isEqualTo(4, EXACT));
        assertThat(completed(10, "a")).contains(new Runs.Done("a", "model", 512 * 512, 10));
        assertThat(runs.had("a", BEGIN.plusSeconds(11))).isEmpty();
    }

    @Test
    void jobsThatRunTogetherShareTheirWorker() {
        started(0, "a", "w");
        started(10, "b", "w");
        started(0, "elsewhere", "v");

        assertThat(runs.workers(List.of("a", "b", "elsewhere"))).isEqualTo(2);
        assertThat(runs.had("a", BEGIN.plusSeconds(20)))
                .hasValueSatisfying(had -> assertThat(had).isEqualTo(15, EXACT));
        assertThat(completed(20, "a"))
                .hasValueSatisfying(done -> assertThat(done.seconds()).isEqualTo(15, EXACT));
        assertThat(completed(30, "b"))
                .hasValueSatisfying(done -> assertThat(done.seconds()).isEqualTo(15, EXACT));
        assertThat(completed(30, "elsewhere"))
                .hasValueSatisfying(done -> assertThat(done.seconds()).isEqualTo(30, EXACT));
    }

    @Test
    void aJobThatIsBegunAnewIsWithItsNewWorkerOnly() {
        started(0, "a", "dead");
        started(100, "a", "w");

        assertThat(runs.workers(List.of("a"))).isEqualTo(1);
        assertThat(completed(110, "a"))
                .hasValueSatisfying(done -> assertThat(done.seconds()).isEqualTo(10, EXACT));
    }

    @Test
    void aFailedAttemptIsNoEnd() {
        started(0, "a", "w");
        take(5, new JobEvent.Retrying("a", 1, Optional.empty(), FailureCode.INTERNAL, "x", BEGIN));

        assertThat(runs.had("a", BEGIN.plusSeconds(6))).isEmpty();
        assertThat(runs.hasEnded("a", BEGIN)).isFalse();
    }

    /** What is sent back after it failed is to be done again. */
    @Test
    void anEndCountsForWhatWasSentBeforeIt() {
        take(5, new JobEvent.Failed("a", 1, Optional.empty(), FailureCode.INTERNAL, "x"));

        assertThat(runs.hasEnded("a", BEGIN)).isTrue();
        assertThat(runs.hasEnded("a", BEGIN.plusSeconds(6))).isFalse();
        assertThat(runs.hasEnded("b", BEGIN)).isFalse();
    }

    @Test
    void anEndWhoseBeginningWasNotSeenTellsNothing() {
        assertThat(completed(5, "a")).isEmpty();
    }

    /** In nanoseconds they are further apart than a long goes. */
    @Test
    void eventsMayTellOfAnyTime() {
        started(0, "a", "w");
        runs.take(new CloudEvent("x", "worker", Instant.parse("9999-01-01T00:00:00Z"), LagQueue.started("b", "w")));

        assertThat(runs.had("a", BEGIN.plusSeconds(4)))
                .hasValueSatisfying(had -> assertThat(had).isGreaterThan(1e11));
        assertThat(runs.had("b", Instant.parse("0001-01-01T00:00:00Z"))).hasValue(0.0);
    }

    @Test
    void eventsOfSeveralPartitionsMayBeOutOfOrder() {
        started(10, "a", "w");
        started(8, "b", "w");

        assertThat(completed(20, "a"))
                .hasValueSatisfying(done -> assertThat(done.seconds()).isEqualTo(5, EXACT));
    }

    @Test
    void itsMemoryIsBounded() {
        for (int i = 0; i < 20_000; i++) {
            started(i, "job-" + i, "worker-" + i);
            take(i, new JobEvent.Cancelled("other-" + i, 1, Optional.empty(), 0));
        }

        assertThat(runs.had("job-0", BEGIN)).isEmpty();
        assertThat(runs.had("job-19999", BEGIN)).isPresent();
        assertThat(runs.hasEnded("other-0", Instant.MIN)).isFalse();
        assertThat(runs.hasEnded("other-19999", Instant.MIN)).isTrue();
    }
}
