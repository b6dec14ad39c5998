package dev.darkroom.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.json.EventCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private static final TopicPartition PARTITION = new TopicPartition("darkroom.events", 0);
    private static final Instant TIME = Instant.parse("2026-11-24T08:30:00Z");

    private final MockConsumer<byte[], byte[]> kafka = new MockConsumer<>("none");
    private final EventStream stream = new EventStream(kafka, "cat-1", Map.of(PARTITION, 10L));
    private long offset = 10;

    @AfterEach
    void close() {
        stream.close();
        assertThat(kafka.closed()).isTrue();
    }

    @Test
    void startsWhereItIsTold() {
        assertThat(kafka.position(PARTITION)).isEqualTo(10);
    }

    @Test
    void givesTheJobsEventsInOrderAndNoOthers() throws Exception {
        publish(started("cat-1"));
        publish(started("cat-10"));
        publish(progress(1));
        publish(failed("cat-10"));
        publish(progress(2));
        assertThat(next()).map(CloudEvent::event).contains(started("cat-1"));
        assertThat(next()).map(CloudEvent::event).contains(progress(1));
        assertThat(next()).map(CloudEvent::event).contains(progress(2));
        assertThat(next()).isEmpty();
        assertThat(stream.ended()).isFalse();
    }

    @Test
    void tellsWhoSaidItAndWhen() throws Exception {
        publish(started("cat-1"));
        assertThat(next()).contains(new CloudEvent("cat-1/started/1", "worker-7", TIME, started("cat-1")));
    }

    @Test
    void endsWithTheFirstTerminalEvent() throws Exception {
        publish(failed("cat-1"));
        publish(failed("cat-1"));
        publish(new JobEvent.Expired("cat-1", 1, Optional.empty(), 3));
        publish(progress(7));
        assertThat(next()).map(CloudEvent::event).contains(failed("cat-1"));
        assertThat(stream.ended()).isTrue();
        assertThat(next()).isEmpty();
    }

    @Test
    void passesOverWhatIsNoEvent() throws Exception {
        publish("cat-1", new RecordHeaders(), "{}".getBytes(StandardCharsets.UTF_8));
        publish("cat-1", new RecordHeaders().add("ce_type", null), null);
        publish(
                "cat-1",
                new RecordHeaders().add("ce_type", "dev.darkroom.job.upscaled.v1".getBytes(StandardCharsets.UTF_8)),
                "{}".getBytes(StandardCharsets.UTF_8));
        publish(null, new RecordHeaders(), null);
        publish(progress(1));
        assertThat(next()).map(CloudEvent::event).contains(progress(1));
        assertThat(stream.skipped()).isEqualTo(3);
    }

    @Test
    void waitsForTheTerminalEventAndShowsTheOthers() throws Exception {
        publish(started("cat-1"));
        publish(progress(1));
        kafka.schedulePollTask(() -> publish(failed("cat-1")));
        List<CloudEvent> seen = new ArrayList<>();
        assertThat(stream.awaitTerminal(Duration.ofSeconds(30), seen::add))
                .map(CloudEvent::event)
                .contains(failed("cat-1"));
        assertThat(seen).extracting(CloudEvent::event).containsExactly(started("cat-1"), progress(1), failed("cat-1"));
    }

    @Test
    void stopsWaitingInTimeHoweverBusyTheTopicIs() throws Exception {
        // Each poll brings something, but never anything for this job.
        Runnable more = new Runnable() {
            @Override
            public void run() {
                publish(started("other"));
                kafka.schedulePollTask(this);
            }
        };
        kafka.schedulePollTask(more);
        assertThat(stream.next(Duration.ofMillis(20))).isEmpty();
        assertThat(stream.awaitTerminal(Duration.ofMillis(20), event -> {})).isEmpty();
    }

    @Test
    void leavesWhenInterrupted() {
        kafka.schedulePollTask(() -> {
            throw new InterruptException("stop");
        });
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(this::next);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void saysThatKafkaFailed() {
        kafka.setPollException(new KafkaException("not authorised"));
        assertThatExceptionOfType(JobClientException.class)
                .isThrownBy(this::next)
                .withMessage("Events cannot be read: not authorised");
    }

    private Optional<CloudEvent> next() throws InterruptedException {
        return stream.next(Duration.ZERO);
    }

    private void publish(JobEvent event) {
        RecordHeaders headers = new RecordHeaders();
        EventCodec.headers(event, "worker-7", TIME)
                .forEach((name, value) -> headers.add(name, value.getBytes(StandardCharsets.UTF_8)));
        publish(event.jobId(), headers, EventCodec.encode(event));
    }

    private void publish(String key, Headers headers, byte[] value) {
        byte[] bytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        kafka.addRecord(new ConsumerRecord<>(
                PARTITION.topic(),
                PARTITION.partition(),
                offset++,
                TIME.toEpochMilli(),
                TimestampType.CREATE_TIME,
                0,
                0,
                bytes,
                value,
                headers,
                Optional.empty()));
    }

    private static JobEvent started(String job) {
        return new JobEvent.Started(job, 1, Optional.empty(), "worker-7", "shapes");
    }

    private static JobEvent progress(int step) {
        return new JobEvent.Progress("cat-1", 1, Optional.empty(), step, 20, Optional.empty());
    }

    private static JobEvent failed(String job) {
        return new JobEvent.Failed(job, 1, Optional.empty(), FailureCode.INTERNAL, "no luck");
    }
}
