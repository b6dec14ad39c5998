package dev.darkroom.worker.lag;

import dev.darkroom.client.Lane;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.ModelRef;
import dev.darkroom.event.StoredImage;
import dev.darkroom.event.Timings;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.EventCodec;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.ClusterAdmin;
import dev.darkroom.worker.intake.JobGroup;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.JobSource;
import dev.darkroom.worker.intake.JobTopics;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.RetryHeaders;
import dev.darkroom.worker.intake.TestWorker;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A queue of its own on a running broker, set up as {@code init} does it, whose workers are the test itself. */
final class LagQueue implements AutoCloseable {
    private final WorkerConfig config;
    private final JobGroup group;
    private final KafkaProducer<byte[], byte[]> producer;
    private final BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
    private Optional<JobSource> source = Optional.empty();

    LagQueue(String bootstrapServers, String delivery) throws Exception {
        String name = UUID.randomUUID().toString();
        config = ConfigLoader.load(
                Optional.empty(),
                Map.of(),
                Map.of(
                        "kafka.bootstrap-servers", bootstrapServers,
                        "kafka.group", "group-" + name,
                        "kafka.topics.jobs", "jobs-" + name,
                        "kafka.topics.events", "events-" + name,
                        "kafka.topics.retry", "retry-" + name,
                        "kafka.topics.control", "control-" + name,
                        "kafka.topics.dead-letters", "dlq.jobs-" + name,
                        "delivery", delivery,
                        "admin.port", "0"),
                "exporter");
        try (ClusterAdmin cluster = ClusterAdmin.connect(config.kafka())) {
            new JobTopics(cluster, config.kafka().topics()).createMissing();
            group = JobGroup.choose(cluster, config.kafka(), config.delivery());
            group.setUp(cluster);
        }
        producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    WorkerConfig config() {
        return config;
    }

    /** A job of ten steps of a usual picture. */
    static GenerationJob job(String id) {
        return job(id, 10);
    }

    static GenerationJob job(String id, int steps) {
        return GenerationJob.builder(id, "x")
                .width(512)
                .height(512)
                .numInferenceSteps(steps)
                .build();
    }

    void send(Lane lane, GenerationJob job) throws Exception {
        send(lane, JobCodec.encode(job));
    }

    void send(Lane lane, byte[] value) throws Exception {
        send(new ProducerRecord<>(config.kafka().topics().jobs(lane), value));
    }

    private void send(ProducerRecord<byte[], byte[]> record) throws Exception {
        producer.send(record).get(30, TimeUnit.SECONDS);
    }

    /** Jobs of the normal lane, sent together. */
    void sendMany(int count) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(producer.send(
                    new ProducerRecord<>(config.kafka().topics().jobs(), JobCodec.encode(job("many-" + i)))));
        }
        for (Future<RecordMetadata> record : sent) {
            record.get(30, TimeUnit.SECONDS);
        }
    }

    /** A job that failed in a lane, and waits for another attempt. */
    void sendRetry(Lane lane, GenerationJob job, Instant notBefore) throws Exception {
        JobRecord failed = new JobRecord(
                config.kafka().topics().jobs(lane),
                0,
                0,
                Optional.empty(),
                JobCodec.encode(job),
                List.of(),
                Instant.now(),
                1);
        OutgoingRecord retry =
                RetryHeaders.retry(failed, notBefore, config.kafka().topics());
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(retry.topic(), retry.value());
        retry.headers().forEach(header -> record.headers().add(header.name(), header.value()));
        send(record);
    }

    /** As a worker tells it. */
    void tell(JobEvent event, Instant at) throws Exception {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(config.kafka().topics().events(), EventCodec.encode(event));
        EventCodec.headers(event, "worker", at)
                .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        send(record);
    }

    static JobEvent started(String id, String worker) {
        return new JobEvent.Started(id, 1, Optional.empty(), worker, "model");
    }

    static JobEvent completed(String id) {
        StoredImage image = new StoredImage("bucket", "key", Optional.empty(), "0".repeat(64), 1, 512, 512, "png", 0);
        return new JobEvent.Completed(
                id,
                1,
                Optional.empty(),
                new ModelRef("model", "0".repeat(64)),
                Optional.empty(),
                List.of(image),
                new Timings(0, 0, 0, 0, 0, 0));
    }

    /** Workers come that have so many jobs of the normal lane at once. */
    void startWorkers(int slots) {
        JobSource workers = group.source(new LanesConfig(slots, 0, 1, 0), "worker");
        source = Optional.of(workers);
        workers.start(leases::add);
    }

    Lease take() throws InterruptedException {
        Lease lease = leases.poll(30, TimeUnit.SECONDS);
        if (lease == null) {
            throw new AssertionError("No job came within 30 s");
        }
        return lease;
    }

    static void settle(Lease lease) throws Exception {
        if (TestWorker.concluded(lease) != Lease.Settlement.SETTLED) {
            throw new AssertionError("The job at " + lease.record().position() + " was lost");
        }
    }

    @Override
    public void close() {
        source.ifPresent(JobSource::close);
        producer.close();
    }
}
