package dev.darkroom.worker.bench;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.EventCodec;
import dev.darkroom.json.JobCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends jobs when they are due, and learns from their events when each began and ended. One producer and one consumer
 * for all, so that little of the machine goes into it. For one thread.
 */
public final class JobLoad implements AutoCloseable {
    private static final Duration LONGEST_POLL = Duration.ofMillis(100);
    /** How much later than its end the start of a job may be told: another producer sends it. */
    private static final Duration LONGEST_OVERTAKING = Duration.ofSeconds(10);

    private final Producer<String, byte[]> producer;
    private final Consumer<String, byte[]> consumer;
    private final String jobsTopic;
    private final InstantSource clock;
    private final AtomicReference<@Nullable Exception> unsendable = new AtomicReference<>(); // the first failure

    /** A job, and when it is due, counted from the first moment of the load. */
    public record Due(GenerationJob job, Duration after) {}

    /** With clients that are closed with this. */
    JobLoad(
            Consumer<String, byte[]> consumer,
            Producer<String, byte[]> producer,
            String jobsTopic,
            InstantSource clock) {
        this.consumer = consumer;
        this.producer = producer;
        this.jobsTopic = jobsTopic;
        this.clock = clock;
    }

    /**
     * Connects. What the events topic has by now is passed over.
     *
     * @param client settings of all Kafka clients, addresses included
     */
    public static JobLoad connect(
            Map<String, Object> client, String jobsTopic, String eventsTopic, InstantSource clock) {
        Map<String, Object> reading = new HashMap<>(client);
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        Consumer<String, byte[]> consumer =
                new KafkaConsumer<>(reading, new StringDeserializer(), new ByteArrayDeserializer());
        try {
            consumer.assign(consumer.partitionsFor(eventsTopic).stream()
                    .map(info -> new TopicPartition(eventsTopic, info.partition()))
                    .toList());
            consumer.seekToEnd(consumer.assignment());
            consumer.assignment().forEach(consumer::position); // now, not at the first poll
            return new JobLoad(
                    consumer,
                    new KafkaProducer<>(client, new StringSerializer(), new ByteArraySerializer()),
                    jobsTopic,
                    clock);
        } catch (RuntimeException | Error e) {
            consumer.close();
            throw e;
        }
    }

    /**
     * Sends all jobs and waits until each has ended.
     *
     * @param jobs in the order in which they are due
     * @param limit for all of it
     * @return in the same order
     * @throws BenchException when a job ends, or an attempt of it, without pictures, not all have ended in time, or the
     *     start of one that has ended is not told
     */
    public List<JobTimes> run(List<Due> jobs, Duration limit) throws BenchException {
        Instant start = clock.instant();
        Instant deadline = start.plus(limit);
        LoadProgress progress = new LoadProgress(jobs, start);
        Deque<Due> unsent = new ArrayDeque<>(jobs);
        while (!progress.complete()) {
            Duration wait = send(unsent, start);
            throwUnsendable();
            for (ConsumerRecord<String, byte[]> record : consumer.poll(wait)) {
                if (progress.has(record.key())) {
                    progress.note(event(record));
                }
            }
            Instant now = clock.instant();
            throwStartless(progress.startless(now.minus(LONGEST_OVERTAKING)));
            if (progress.running() > 0 && now.isAfter(deadline)) {
                throw new BenchException(progress.running() + " of " + jobs.size() + " jobs had not ended after "
                        + limit + "; give them longer with --timeout, or fewer with --jobs");
            }
        }
        return progress.times();
    }

    /** A start may be lost, for it is no outcome. A job that began nobody knows when cannot be counted. */
    private static void throwStartless(Optional<String> job) throws BenchException {
        if (job.isPresent()) {
            throw new BenchException("Job " + job.get() + " has ended, but its start was not told within "
                    + LONGEST_OVERTAKING + " after that; run the bench again, with fewer --jobs or slower --arrivals");
        }
    }

    /** Sends what is due; returns how long nothing else is, or a little less. */
    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told the same
    private Duration send(Deque<Due> unsent, Instant start) {
        while (!unsent.isEmpty()) {
            Duration wait = Duration.between(
                    clock.instant(), start.plus(unsent.element().after()));
            if (wait.compareTo(Duration.ZERO) > 0) {
                return wait.compareTo(LONGEST_POLL) < 0 ? wait : LONGEST_POLL;
            }
            GenerationJob job = unsent.remove().job();
            producer.send(
                    new ProducerRecord<>(jobsTopic, job.id(), JobCodec.encode(job)),
                    (at, failure) -> unsendable.compareAndSet(null, failure));
        }
        return LONGEST_POLL;
    }

    private void throwUnsendable() throws BenchException {
        Exception failure = unsendable.get();
        if (failure != null) {
            throw new BenchException("A job cannot be sent to " + jobsTopic + ": " + failure.getMessage());
        }
    }

    private static CloudEvent event(ConsumerRecord<String, byte[]> record) throws BenchException {
        Map<String, String> headers = new HashMap<>();
        record.headers()
                .forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
        try {
            return EventCodec.read(headers, record.value(), Instant.ofEpochMilli(record.timestamp()));
        } catch (InvalidEventException e) {
            throw new BenchException("A record of job " + record.key() + " is no event: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        try (consumer) {
            producer.close(Duration.ZERO);
        }
    }
}
