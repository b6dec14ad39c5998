package dev.darkroom.worker.lag;

import static dev.darkroom.worker.lag.LagQueue.completed;
import static dev.darkroom.worker.lag.LagQueue.job;
import static dev.darkroom.worker.lag.LagQueue.settle;
import static dev.darkroom.worker.lag.LagQueue.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.client.Lane;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.intake.Lease;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What the exporter says of a queue on a real broker, whatever Kafka calls the group of its workers. */
abstract class LagContract extends LagFixture {
    /** What ten steps take by the default of {@code lag.step-time}. */
    private static final double JOB = 2.0;

    private static final Offset<Double> EXACT = within(1e-6);

    /** With a group that never had a member. */
    @Test
    void jobsWaitInAllLanesBeforeTheFirstWorkerComes() throws Exception {
        queue.send(Lane.HIGH, job("h"));
        queue.send(Lane.NORMAL, job("n1"));
        queue.send(Lane.NORMAL, job("n2"));
        queue.send(Lane.LOW, job("l"));

        LagReading reading = reader.read();

        assertThat(reading.jobs()).isEqualTo(4);
        assertThat(reading.lanes().get(Lane.NORMAL).jobs()).isEqualTo(2);
        assertThat(reading.lanes().get(Lane.NORMAL).seconds()).isEqualTo(2 * JOB, EXACT);
        assertThat(reading.lanes().get(Lane.NORMAL).oldest()).isPresent();
        assertThat(reading.lanes().get(Lane.NORMAL).replicas()).isEqualTo(2 * JOB / 60, EXACT);
        assertThat(reading.lanes().get(Lane.HIGH).replicas()).isEqualTo(JOB / 15, EXACT);
        assertThat(reading.inFlight()).isZero();
        assertThat(reading.desiredReplicas()).isEqualTo(1);
    }

    @Test
    void anEmptyQueueNeedsNobody() throws Exception {
        LagReading reading = reader.read();

        assertThat(reading.jobs()).isZero();
        assertThat(reading.seconds()).isZero();
        assertThat(reading.desiredReplicas()).isZero();
    }

    @Test
    void whatRunsCountsUntilItHasEnded() throws Exception {
        queue.send(Lane.NORMAL, job("a"));
        queue.send(Lane.NORMAL, job("b"));
        queue.startWorkers(1);
        Lease first = queue.take();
        queue.tell(started("a", "w1"), clock.instant());

        LagReading running = reader.read();
        assertThat(running.jobs()).isEqualTo(2);
        assertThat(running.inFlight()).isEqualTo(1);
        assertThat(running.busyWorkers()).isEqualTo(1);
        assertThat(running.seconds()).isEqualTo(2 * JOB, EXACT);

        queue.tell(completed("a"), clock.instant());
        settle(first);
        LagReading half = awaitJobs(1);
        assertThat(half.inFlight()).isZero();

        settle(queue.take());
        LagReading done = awaitJobs(0);
        assertThat(done.seconds()).isZero();
        assertThat(done.desiredReplicas()).isZero();
    }

    /** Whoever is told of no job leaves it unsettled for ever. */
    @Test
    void aJobThatHasEndedButIsNotSettledStillNeedsAWorker() throws Exception {
        queue.send(Lane.NORMAL, job("a"));
        queue.startWorkers(1);
        queue.take();
        queue.tell(started("a", "w1"), clock.instant());
        queue.tell(
                new JobEvent.Cancelled("a", 1, Optional.empty(), 3),
                clock.instant().plusSeconds(1));

        LagReading reading = reader.read();

        assertThat(reading.jobs()).isEqualTo(1);
        assertThat(reading.seconds()).isEqualTo(Estimate.LEAST_SECONDS, EXACT);
        assertThat(reading.busyWorkers()).isZero();
        assertThat(reading.desiredReplicas()).isEqualTo(1);
    }

    @Test
    void theWorkersTellWhatAModelTakes() throws Exception {
        queue.send(Lane.NORMAL, job("a"));
        queue.startWorkers(1);
        Lease lease = queue.take();
        Instant begin = clock.instant();
        queue.tell(started("a", "w1"), begin);
        queue.tell(completed("a"), begin.plusSeconds(30));
        reader.read();
        settle(lease);
        queue.send(Lane.NORMAL, job("b"));

        LagReading reading = awaitJobs(1);

        assertThat(reading.models()).containsOnlyKeys("model");
        assertThat(reading.models().get("model").stepSeconds()).isEqualTo(3, EXACT);
        assertThat(reading.seconds()).isEqualTo(30, EXACT);
    }

    @Test
    void aRetryCountsForItsLaneWhenItIsDueSoon() throws Exception {
        queue.sendRetry(Lane.HIGH, job("soon"), clock.instant().plusSeconds(5));
        queue.sendRetry(Lane.HIGH, job("later"), clock.instant().plusSeconds(500));
        queue.sendRetry(Lane.LOW, job("patient"), clock.instant().plusSeconds(500));

        LagReading reading = reader.read();

        assertThat(reading.lanes().get(Lane.HIGH).jobs()).isEqualTo(1);
        assertThat(reading.lanes().get(Lane.LOW).jobs()).isEqualTo(1);
        assertThat(reading.later()).isEqualTo(new LagReading.Later(1, JOB));
    }

    @Test
    void whatIsNoJobTakesNearlyNothingAndIsNotForgotten() throws Exception {
        queue.send(Lane.NORMAL, "{\"id\": \"".getBytes(StandardCharsets.UTF_8));
        queue.send(Lane.NORMAL, new byte[200_000]);
        queue.send(Lane.NORMAL, new byte[0]);

        LagReading reading = reader.read();

        assertThat(reading.jobs()).isEqualTo(3);
        double unread = 25 * 0.2; // as a usual job
        assertThat(reading.seconds()).isEqualTo(unread + 2 * Estimate.LEAST_SECONDS, EXACT);
        assertThat(reading.desiredReplicas()).isEqualTo(1);
    }

    @Test
    void ofManyJobsTheNewestAreReadAndAllAreCounted() throws Exception {
        queue.sendMany(2_500);
        try (QueueReader later = open(QueueReader.MOST_RECORDS)) {
            LagReading reading = later.read();

            assertThat(reading.jobs()).isEqualTo(2_500);
            assertThat(reading.seconds()).isEqualTo(2_500 * JOB, within(1e-3));
            assertThat(reading.desiredReplicas()).isEqualTo(10);
        }
    }

    @Test
    void whatIsNotReadInTimeIsReadTheNextTime() throws Exception {
        int many = 150; // more than come at once
        queue.sendMany(many);
        queue.send(Lane.NORMAL, job("long", 100));
        double all = (many + 10) * JOB;
        AtomicReference<Duration> pace = new AtomicReference<>(Duration.ofSeconds(2)); // each time that it is asked
        AtomicReference<Instant> now = new AtomicReference<>(clock.instant());
        InstantSource moving = () -> now.updateAndGet(instant -> instant.plus(pace.get()));
        try (QueueReader slow = open(moving, QueueReader.MOST_RECORDS)) {
            LagReading first = slow.read();
            assertThat(first.jobs()).isEqualTo(many + 1);
            assertThat(first.seconds()).isNotCloseTo(all, EXACT);

            pace.set(Duration.ZERO);
            LagReading next = slow.read();
            assertThat(next.jobs()).isEqualTo(many + 1);
            assertThat(next.seconds()).isEqualTo(all, EXACT);
        }
    }

    /** As after a record that did not fit the memory. */
    @Test
    void recordsThatAreOnlyCountedAreUsualJobs() throws Exception {
        queue.sendMany(3);
        try (QueueReader later = open(0)) {
            assertThat(later.read().seconds()).isEqualTo(3 * 25 * 0.2, EXACT);
            queue.send(Lane.NORMAL, job("new"));

            LagReading reading = later.read();
            assertThat(reading.jobs()).isEqualTo(4);
            assertThat(reading.seconds()).isEqualTo(4 * JOB, EXACT);
        }
    }

    @Test
    void aTopicThatGetsPartitionsIsOpenedAnew() throws Exception {
        assertThat(reader.hasChanged()).isFalse();

        try (Admin admin = Admin.create(queue.config().kafka().clientProperties())) {
            admin.createPartitions(Map.of(queue.config().kafka().topics().jobs(), NewPartitions.increaseTo(3)))
                    .all()
                    .get();
        }

        Instant limit = Instant.now().plus(Duration.ofSeconds(30));
        while (!reader.hasChanged()) {
            assertThat(Instant.now()).isBefore(limit);
        }
        try (QueueReader anew = open(QueueReader.MOST_RECORDS)) {
            for (int i : IntStream.range(0, 6).toArray()) {
                queue.send(Lane.NORMAL, job("job-" + i));
            }
            assertThat(anew.read().jobs()).isEqualTo(6);
        }
    }

    @Test
    void aTopicThatIsNotThereHoldsNothing() throws Exception {
        List<String> gone = List.of(
                queue.config().kafka().topics().jobs(Lane.LOW),
                queue.config().kafka().topics().events());
        try (Admin admin = Admin.create(queue.config().kafka().clientProperties())) {
            admin.deleteTopics(gone).all().get();
            Instant limit = Instant.now().plus(Duration.ofSeconds(30));
            while (admin.listTopics().names().get().stream().anyMatch(gone::contains)) {
                assertThat(Instant.now()).as("time to see them gone").isBefore(limit);
            }
        }
        queue.send(Lane.NORMAL, job("a"));

        try (QueueReader anew = open(QueueReader.MOST_RECORDS)) {
            assertThat(anew.read().jobs()).isEqualTo(1);
        }
    }
}
