package dev.darkroom.worker.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.client.Lane;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.LagConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class WorkloadTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final TopicPartition AT = new TopicPartition("jobs", 0);
    private static final Offset<Double> EXACT = within(1e-6);
    private static final LagConfig CONFIG = new LagConfig(
            Duration.ofSeconds(15), Duration.ofSeconds(60), Duration.ofMinutes(10), 0, 10, Duration.ofSeconds(1));

    private final Workload work = new Workload(CONFIG, new StepTimes(CONFIG.stepTime(), Optional.empty()), 4);

    private void open(long from) {
        work.open(AT, from);
    }

    /** A job that takes so many seconds. */
    private void add(long offset, int seconds, Optional<Instant> deadline) {
        JobSize size = new JobSize(Optional.of("m"), seconds, 1, OptionalInt.of(512 * 512));
        work.add(
                AT,
                new Window.Waiting(
                        offset,
                        Lane.NORMAL,
                        Optional.of("job-" + offset),
                        Optional.of(size),
                        NOW.minusSeconds(100 - offset),
                        NOW.minusSeconds(100 - offset),
                        NOW,
                        deadline));
    }

    private void add(long offset, int seconds) {
        add(offset, seconds, Optional.empty());
    }

    private LagReading.LaneLag read(long start, long position, long end, OptionalLong lag) {
        return reading(start, position, end, lag).lanes().get(Lane.NORMAL);
    }

    private LagReading reading(long start, long position, long end, OptionalLong lag) {
        return work.reading(
                NOW,
                Map.of(Lane.NORMAL, Map.of(AT, new Unsettled(start, position, end, lag, offset -> true))),
                Map.of());
    }

    private void tell(int secondsAgo, JobEvent event) {
        work.take(new CloudEvent(event.eventId(), "worker", NOW.minusSeconds(secondsAgo), event));
    }

    @Test
    void whatIsSettledIsForgotten() {
        open(0);
        add(0, 10);
        add(1, 20);

        LagReading.LaneLag lag = read(1, 2, 2, OptionalLong.empty());

        assertThat(lag.jobs()).isEqualTo(1);
        assertThat(lag.seconds()).isEqualTo(20, EXACT);
        assertThat(lag.oldest()).contains(NOW.minusSeconds(99));
    }

    /** There is room for four; those before them are there all the same, and so are those that come behind. */
    @Test
    void whatIsNotKnownCostsTheMeanOfWhatIs() {
        open(0);
        for (int offset = 0; offset < 6; offset++) {
            add(offset, 10 * offset);
        }

        LagReading.LaneLag lag = read(0, 6, 8, OptionalLong.empty());

        assertThat(lag.jobs()).isEqualTo(8);
        assertThat(lag.seconds()).isEqualTo(20 + 30 + 40 + 50 + 4 * 35, EXACT);
    }

    @Test
    void aQueueOfWhichNothingIsReadYetHasUsualJobs() {
        open(100);

        LagReading.LaneLag lag = read(0, 100, 100, OptionalLong.empty());

        assertThat(lag.jobs()).isEqualTo(100);
        assertThat(lag.seconds()).isEqualTo(100 * 25, EXACT);
    }

    @Test
    void ofJobsThatEndedOutOfOrderWithoutASeenEndThereAreSoManyLess() {
        open(0);
        add(0, 10);
        add(1, 20);
        add(2, 30);

        LagReading.LaneLag lag = read(0, 3, 3, OptionalLong.of(2));

        assertThat(lag.jobs()).isEqualTo(2);
        assertThat(lag.seconds()).isEqualTo(2 * 20, EXACT);
    }

    /** What ends a transaction has an offset and is no record, and may be left in the broker's count for good. */
    @Test
    void ofWhatIsCountedNoMoreAreJobsThanThereAreRecords() {
        open(0);
        add(0, 10);

        assertThat(read(0, 2, 2, OptionalLong.of(2)).jobs()).isEqualTo(1);
        assertThat(read(1, 2, 2, OptionalLong.of(1)).jobs()).isZero();
    }

    @Test
    void whatIsLeftOfARunningJobCountsAndNeverNothing() {
        open(0);
        add(0, 100);
        add(1, 100);
        tell(30, LagQueue.started("job-0", "w1"));
        tell(500, LagQueue.started("job-1", "w2"));

        LagReading reading = reading(0, 2, 2, OptionalLong.empty());

        assertThat(reading.seconds()).isEqualTo(70 + 10, EXACT);
        assertThat(reading.inFlight()).isEqualTo(2);
        assertThat(reading.busyWorkers()).isEqualTo(2);
        assertThat(reading.lanes().get(Lane.NORMAL).oldest()).isEmpty();
        // Two seconds' worth of workers would be enough, but both are at a job.
        assertThat(reading.desiredReplicas()).isEqualTo(2);
    }

    @Test
    void oneJobTakesOneWorkerHoweverLargeItIs() {
        open(0);
        add(0, 3600);

        assertThat(reading(0, 1, 1, OptionalLong.empty()).desiredReplicas()).isEqualTo(1);
    }

    /** A broker gives up a job that was handed out too often, and nobody tells its end. */
    @Test
    void whoeverWasAtALostJobIsNotAtIt() {
        open(0);
        add(0, 10);
        tell(30, LagQueue.started("job-0", "w1"));

        LagReading reading = reading(0, 1, 1, OptionalLong.of(0));

        assertThat(reading.busyWorkers()).isZero();
        assertThat(reading.desiredReplicas()).isZero();
    }

    @Test
    void retriesThatAreNotKnownAreTakenForDue() {
        TopicPartition retry = new TopicPartition("retry", 0);
        open(0);
        work.open(retry, 5);

        LagReading reading = work.reading(
                NOW,
                Map.of(Lane.NORMAL, Map.of(AT, new Unsettled(0, 0, 0, OptionalLong.empty(), offset -> true))),
                Map.of(retry, new Unsettled(2, 5, 5, OptionalLong.empty(), offset -> true)));

        assertThat(reading.jobs()).isEqualTo(3);
        assertThat(reading.seconds()).isEqualTo(3 * 25, EXACT);
    }

    @Test
    void aJobWhoseDeadlineHasPassedTakesNearlyNothing() {
        open(0);
        add(0, 100, Optional.of(NOW.minusSeconds(1)));
        add(1, 100, Optional.of(NOW.plusSeconds(1)));

        assertThat(read(0, 2, 2, OptionalLong.empty()).seconds()).isEqualTo(100 + Estimate.LEAST_SECONDS, EXACT);
    }

    @Test
    void noMoreWorkersAreAskedForThanThereMayBe() {
        Replicas replicas = new Replicas(CONFIG);

        assertThat(replicas.of(0.0, 0)).isZero();
        assertThat(replicas.of(0.01, 0)).isEqualTo(1);
        assertThat(replicas.of(3.2, 0)).isEqualTo(4);
        assertThat(replicas.of(3.2, 6)).isEqualTo(6);
        assertThat(replicas.of(1e12, 6)).isEqualTo(10);
        assertThat(replicas.of(Lane.HIGH, 100, 30)).isEqualTo(2, EXACT);
        assertThat(replicas.of(Lane.LOW, 100, 30)).isEqualTo(0.05, EXACT);
    }
}
