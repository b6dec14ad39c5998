package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobBoardTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final BegunJob JOB = new BegunJob("order-17", 1, "shapes", "ddim", 128, 128, 25, 1);

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final WorkerMetrics metrics = new WorkerMetrics("1");
    private final JobBoard board = new JobBoard(metrics, now::get, List.of(Lane.HIGH, Lane.NORMAL));

    @AfterEach
    void close() {
        metrics.close();
    }

    private String scrape() {
        return metrics.scrape(WorkerMetrics.PROMETHEUS);
    }

    @Test
    void aCardSaysHowFarItsJobIs() {
        JobWatch watch = board.add(Lane.HIGH, START.minusSeconds(5));
        assertThat(board.jobs()).containsExactly(new WorkerStatus.Job(Optional.empty(), "high", "received", 0, 0, 5));
        watch.begins(JOB);
        watch.enters("denoise");
        watch.stepped(7);
        now.set(START.plusSeconds(3));
        assertThat(board.jobs()).containsExactly(new WorkerStatus.Job(Optional.of(JOB), "high", "denoise", 7, 3, 5));
        assertThat(scrape())
                .contains("sd_jobs_in_flight{lane=\"high\"} 1.0", "sd_queue_age_seconds{lane=\"high\"} 5.0")
                .contains("sd_jobs_in_flight{lane=\"normal\"} 0.0");
        watch.close();
        assertThat(board.jobs()).isEmpty();
        assertThat(scrape()).contains("sd_queue_age_seconds{lane=\"high\"} 0.0");
    }

    @Test
    void howAJobMayEndIsCountedFromZeroBeforeItDoes() {
        board.add(Lane.NORMAL, START).begins(JOB);
        assertThat(scrape())
                .contains("sd_jobs_total{lane=\"normal\",model=\"shapes\",outcome=\"completed\"} 0.0")
                .contains("sd_jobs_total{lane=\"normal\",model=\"shapes\",outcome=\"failed\"} 0.0");
    }

    @Test
    void aDeliveryCountsOnceHoweverItEnds() {
        JobWatch watch = board.add(Lane.NORMAL, START);
        watch.begins(JOB);
        watch.leaseLost();
        watch.leaseLost();
        watch.handedBack();
        assertThat(scrape())
                .contains("sd_jobs_total{lane=\"normal\",model=\"shapes\",outcome=\"lost\"} 1.0")
                .contains("sd_lease_losses_total 1.0")
                .doesNotContain("handed_back");
    }

    @Test
    void aDeliveryThatEndsWithoutAWordWasHandedBack() {
        board.add(Lane.NORMAL, START).close();
        assertThat(scrape()).contains("sd_jobs_total{lane=\"normal\",model=\"none\",outcome=\"handed_back\"} 1.0");
    }

    @Test
    void aFailureIsCountedByItsCodeAndADeadLetterByItsReason() {
        JobEvent failed = new JobEvent.Failed("a", 1, Optional.empty(), FailureCode.OUT_OF_MEMORY, "too large");
        board.add(Lane.NORMAL, START).ended(failed, Optional.of(FailureCode.OUT_OF_MEMORY));
        JobEvent retrying =
                new JobEvent.Retrying("b", 1, Optional.empty(), FailureCode.INTERNAL, "a bug", START.plusSeconds(5));
        board.add(Lane.NORMAL, START).ended(retrying, Optional.empty());
        assertThat(scrape())
                .contains("sd_job_failures_total{code=\"OUT_OF_MEMORY\"} 1.0")
                .contains("sd_dlt_total{reason=\"OUT_OF_MEMORY\"} 1.0")
                .contains("sd_job_failures_total{code=\"INTERNAL\"} 1.0")
                .contains("sd_dlt_total{reason=\"INTERNAL\"} 0.0")
                .contains("sd_jobs_total{lane=\"normal\",model=\"none\",outcome=\"retrying\"} 1.0");
    }

    @Test
    void theRegistryHoldsOnToWhatItsNumbersAreOf() {
        System.gc();
        assertThat(scrape()).doesNotContainPattern("(?m)^(sd|kafka)_.* NaN$");
    }
}
