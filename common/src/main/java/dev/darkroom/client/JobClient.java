package dev.darkroom.client;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.CancelCodec;
import dev.darkroom.json.JobCodec;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends jobs, follows what becomes of them, and cancels them.
 *
 * <pre>{@code
 * try (JobClient client = JobClient.create(Map.of("bootstrap.servers", "localhost:9092"))) {
 *     Submission submission = client.submit(GenerationJob.builder("cat-1", "a cat").build());
 *     Optional<CloudEvent> outcome = client.await(submission, Duration.ofMinutes(5));
 * }
 * }</pre>
 *
 * <p>No consumer group is needed, and no event of a submitted job can be missed: where the events topic ends is noted
 * before the job is sent. Partitions that are added to the events topic after that are not seen.
 *
 * <p>Thread-safe; the streams that it hands out are not. What Kafka cannot do is a {@link JobClientException}.
 */
public final class JobClient implements AutoCloseable {
    private final Map<String, Object> kafkaProperties;
    private final Topics topics;
    private final Admin admin;
    private final Producer<String, byte[]> producer;

    private JobClient(
            Map<String, Object> kafkaProperties, Topics topics, Admin admin, Producer<String, byte[]> producer) {
        this.kafkaProperties = kafkaProperties;
        this.topics = topics;
        this.admin = admin;
        this.producer = producer;
    }

    /** A client for the topics of {@link Topics#DEFAULT}. */
    public static JobClient create(Map<String, Object> kafkaProperties) {
        return create(kafkaProperties, Topics.DEFAULT);
    }

    /**
     * A client for the given topics. It connects in the background; whether it can shows when it is used.
     *
     * @param kafkaProperties settings for all Kafka clients: {@code bootstrap.servers}, security, time-outs
     */
    public static JobClient create(Map<String, Object> kafkaProperties, Topics topics) {
        Map<String, Object> properties = new HashMap<>(kafkaProperties);
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        Map<String, Object> forProducer = new HashMap<>(properties);
        forProducer.put(ProducerConfig.ACKS_CONFIG, "all");
        forProducer.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        try {
            Admin admin = Admin.create(properties);
            try {
                return new JobClient(
                        properties,
                        topics,
                        admin,
                        new KafkaProducer<>(forProducer, new StringSerializer(), new ByteArraySerializer()));
            } catch (KafkaException e) {
                admin.close(Duration.ZERO);
                throw e;
            }
        } catch (KafkaException e) {
            throw failed(properties, "Kafka's clients cannot be made", withoutSecrets(root(e)));
        }
    }

    /** Sends a job to the normal lane. See {@link #submit(GenerationJob, Lane)}. */
    public Submission submit(GenerationJob job) throws InterruptedException {
        return submit(job, Lane.NORMAL);
    }

    /**
     * Sends a job to a lane and returns when the broker has it. After a {@link JobClientException} the broker may have it all the
     * same; to send the same job again is safe, since a job's id makes it one job.
     */
    public Submission submit(GenerationJob job, Lane lane) throws InterruptedException {
        Map<TopicPartition, Long> eventsFrom = eventOffsets(OffsetSpec.latest());
        RecordMetadata at = send(topics.jobs(lane), job.id(), JobCodec.encode(job), "Job " + job.id());
        return new Submission(job.id(), at.partition(), at.offset(), eventsFrom);
    }

    /**
     * Asks that a job be cancelled, and returns when the broker has the request. Workers heed it within a step, whether
     * the job waits, runs or has yet to be sent; a job that has ended stays as it is. What came of it, the job's terminal
     * event says.
     *
     * @param reason for the operators, at most 1000 characters
     * @throws IllegalArgumentException when the id or the reason breaks its rule
     */
    public void cancel(String jobId, Optional<String> reason) throws InterruptedException {
        CancelRequest request = new CancelRequest(jobId, reason);
        // A broker may create a topic that something is sent to, and would not make it one that keeps its requests.
        describe(topics.control());
        send(topics.control(), jobId, CancelCodec.encode(request), "The request to cancel job " + jobId);
    }

    private RecordMetadata send(String topic, String key, byte[] value, String what) throws InterruptedException {
        String failure = what + " cannot be sent to the topic " + topic;
        try {
            return producer.send(new ProducerRecord<>(topic, key, value)).get();
        } catch (InterruptException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw failed(failure, cause(e));
        } catch (KafkaException e) {
            throw failed(failure, e);
        }
    }

    /** All events of a job that was submitted here. The stream is the caller's to close. */
    public EventStream watch(Submission submission) {
        return stream(submission.jobId(), submission.eventsFrom());
    }

    /** All events of a job that the events topic still holds, and those to come. The stream is the caller's to close. */
    public EventStream watch(String jobId) throws InterruptedException {
        return stream(jobId, eventOffsets(OffsetSpec.earliest()));
    }

    /** Waits for a job's terminal event; nothing if there is none in time. */
    public Optional<CloudEvent> await(Submission submission, Duration timeout) throws InterruptedException {
        try (EventStream events = watch(submission)) {
            return events.awaitTerminal(timeout, event -> {});
        }
    }

    /** Waits for a job's terminal event, which may lie in the past; nothing if there is none in time. */
    public Optional<CloudEvent> await(String jobId, Duration timeout) throws InterruptedException {
        try (EventStream events = watch(jobId)) {
            return events.awaitTerminal(timeout, event -> {});
        }
    }

    /** Sends what is still on its way and lets go of all connections, but for those of streams that are open. */
    @Override
    public void close() {
        try (admin) {
            producer.close();
        }
    }

    private EventStream stream(String jobId, Map<TopicPartition, Long> from) {
        Map<String, Object> properties = new HashMap<>(kafkaProperties);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // Retention may have overtaken the noted offsets; what is left is then read from its beginning.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // A worker may publish in transactions: what it took back must not be seen.
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        try {
            return new EventStream(
                    new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                    jobId,
                    from);
        } catch (KafkaException e) {
            throw failed("Events cannot be read", withoutSecrets(root(e)));
        }
    }

    private Map<TopicPartition, Long> eventOffsets(OffsetSpec spec) throws InterruptedException {
        TopicDescription events = describe(topics.events());
        Map<TopicPartition, OffsetSpec> wanted = events.partitions().stream()
                .map(partition -> new TopicPartition(topics.events(), partition.partition()))
                .collect(Collectors.toMap(Function.identity(), partition -> spec));
        Map<TopicPartition, ListOffsetsResultInfo> found =
                get(admin.listOffsets(wanted).all(), topics.events());
        Map<TopicPartition, Long> offsets = new HashMap<>();
        found.forEach((partition, info) -> offsets.put(partition, info.offset()));
        return offsets;
    }

    private TopicDescription describe(String topic) throws InterruptedException {
        return get(admin.describeTopics(List.of(topic)).allTopicNames(), topic)
                .values()
                .iterator()
                .next();
    }

    private <T> T get(KafkaFuture<T> future, String topic) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            Throwable cause = cause(e);
            String what = cause instanceof UnknownTopicOrPartitionException
                    ? " does not exist; create it first"
                    : " cannot be read";
            throw failed("The topic " + topic + what, cause);
        }
    }

    private JobClientException failed(String what, Throwable cause) {
        return failed(kafkaProperties, what, cause);
    }

    private static JobClientException failed(Map<String, Object> properties, String what, Throwable cause) {
        Object servers = properties.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG);
        return new JobClientException(what + " (bootstrap.servers=" + servers + "): " + cause.getMessage(), cause);
    }

    /** Kafka wraps what is wrong with a setting into a failure to construct this or that. */
    private static Throwable root(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** What Kafka says of a JAAS text that it cannot read repeats parts of it, be it of a password. */
    private static Throwable withoutSecrets(Throwable root) {
        return String.valueOf(root.getMessage()).contains("JAAS")
                ? new KafkaException("sasl.jaas.config cannot be read")
                : root;
    }

    private static Throwable cause(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }

    /** Kafka's own exception sets the flag again; the one that callers are told to expect comes without. */
    static InterruptedException interrupted(InterruptException e) {
        boolean cleared = Thread.interrupted();
        InterruptedException interrupted =
                new InterruptedException(cleared ? "Interrupted while waiting for Kafka" : e.getMessage());
        interrupted.initCause(e);
        return interrupted;
    }
}
