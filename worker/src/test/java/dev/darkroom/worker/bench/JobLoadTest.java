package dev.darkroom.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.ModelRef;
import dev.darkroom.event.StoredImage;
import dev.darkroom.event.Timings;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.EventCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A load without a worker: events come as they are scripted. Each poll takes a second. */
@Timeout(60)
class JobLoadTest {
    private static final TopicPartition EVENTS = new TopicPartition("events", 0);
    private static final Instant START = Instant.parse("2026-11-28T10:00:00Z");
    private static final Duration LIMIT = Duration.ofHours(1);
    private static final String SHA = "0".repeat(64);

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final MockConsumer<String, byte[]> consumer = new MockConsumer<>("earliest");
    private final MockProducer<String, byte[]> producer =
            new MockProducer<>(true, new RoundRobinPartitioner(), new StringSerializer(), new ByteArraySerializer());
    private final JobLoad load = new JobLoad(consumer, producer, "jobs", now::get);
    private long offset;

    JobLoadTest() {
        consumer.assign(List.of(EVENTS));
        consumer.updateBeginningOffsets(Map.of(EVENTS, 0L));
    }

    @AfterEach
    void close() {
        load.close();
        assertThat(consumer.closed()).isTrue();
        assertThat(producer.closed()).isTrue();
    }

    @Test
    void timesAreThoseOfTheEventsInTheOrderOfTheJobs() throws Exception {
        tell(started("b"), started("another"));
        tell(started("a"), completed("b"));
        tell(completed("a"));

        assertThat(run("a", "b")).containsExactly(times(2, 3), times(1, 2));
        assertThat(producer.history()).extracting(record -> record.key()).containsExactly("a", "b");
    }

    @Test
    void whatIsToldTwiceCountsOnce() throws Exception {
        tell(started("a"), started("b"));
        tell(completed("a"), started("a"));
        tell(completed("a"));
        tell(completed("b"));

        assertThat(run("a", "b")).containsExactly(times(1, 2), times(1, 4));
    }

    @Test
    void theEndMayOvertakeTheStart() throws Exception {
        tell(completed("a"));
        tell(started("a"));

        assertThat(run("a")).containsExactly(times(2, 1));
    }

    @Test
    void aStartThatIsLostEndsTheRunSoonAndWhileOthersRun() {
        tell(started("b"), completed("a"));

        assertThatExceptionOfType(BenchException.class)
                .isThrownBy(() -> run("a", "b"))
                .withMessageContaining("Job a has ended, but its start was not told within PT10S");
        assertThat(now.get()).isEqualTo(START.plusSeconds(12));
    }

    static Stream<JobEvent> noPictures() {
        return Stream.of(
                new JobEvent.Failed("a", 1, Optional.empty(), FailureCode.INTERNAL, "no luck"),
                new JobEvent.Retrying("a", 1, Optional.empty(), FailureCode.INTERNAL, "no luck", START),
                new JobEvent.Rejected("a", 1, Optional.empty(), FailureCode.DUPLICATE_ID, "taken", SHA),
                new JobEvent.Cancelled("a", 1, Optional.empty(), 1),
                new JobEvent.Expired("a", 1, Optional.empty(), 1));
    }

    @ParameterizedTest
    @MethodSource("noPictures")
    void aJobWithoutPicturesEndsTheRunAtOnce(JobEvent event) {
        tell(event);

        assertThatExceptionOfType(BenchException.class)
                .isThrownBy(() -> run("a", "b"))
                .withMessageContaining("Job a did not come to its pictures: ")
                .withMessageContaining(event.type().equals("retrying") ? "an attempt failed" : event.type());
        assertThat(now.get()).isEqualTo(START.plusSeconds(1));
    }

    @Test
    void jobsThatDoNotEndAreCounted() {
        tell(started("a"), started("b"), completed("b"));

        assertThatExceptionOfType(BenchException.class)
                .isThrownBy(() -> run("a", "b"))
                .withMessageContaining("1 of 2 jobs had not ended after PT1H");
    }

    private List<JobTimes> run(String... ids) throws BenchException {
        passSeconds();
        return load.run(
                Stream.of(ids)
                        .map(id -> new JobLoad.Due(
                                GenerationJob.builder(id, "a red circle").build(), Duration.ZERO))
                        .toList(),
                LIMIT);
    }

    /** In the next poll. */
    private void tell(JobEvent... events) {
        consumer.schedulePollTask(() -> {
            now.updateAndGet(time -> time.plusSeconds(1));
            for (JobEvent event : events) {
                publish(event);
            }
        });
    }

    /** In each poll after those that tell something. */
    private void passSeconds() {
        consumer.schedulePollTask(() -> {
            now.updateAndGet(time -> time.plusSeconds(1));
            passSeconds();
        });
    }

    private void publish(JobEvent event) {
        RecordHeaders headers = new RecordHeaders();
        EventCodec.headers(event, "worker-7", now.get())
                .forEach((name, value) -> headers.add(name, value.getBytes(StandardCharsets.UTF_8)));
        consumer.addRecord(new ConsumerRecord<>(
                EVENTS.topic(),
                EVENTS.partition(),
                offset++,
                now.get().toEpochMilli(),
                TimestampType.CREATE_TIME,
                0,
                0,
                event.jobId(),
                EventCodec.encode(event),
                headers,
                Optional.empty()));
    }

    private static JobTimes times(int started, int ended) {
        return new JobTimes(START, START.plusSeconds(started), START.plusSeconds(ended));
    }

    private static JobEvent started(String id) {
        return new JobEvent.Started(id, 1, Optional.empty(), "worker-7", "shapes");
    }

    private static JobEvent completed(String id) {
        StoredImage image = new StoredImage("images", id + "/0/0.png", Optional.empty(), SHA, 1234, 64, 64, "png", 7);
        return new JobEvent.Completed(
                id,
                1,
                Optional.empty(),
                new ModelRef("shapes", SHA),
                Optional.empty(),
                List.of(image),
                new Timings(0, 1, 2, 3, 4, 5));
    }
}
