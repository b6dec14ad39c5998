package dev.darkroom.worker.chaos;

import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.ClusterAdmin;
import dev.darkroom.worker.intake.JobGroup;
import dev.darkroom.worker.intake.JobTopics;
import dev.darkroom.worker.storage.S3ResultStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** A broker that can be restarted, and a bucket that can be cut off. For one thread. */
final class ChaosStack implements AutoCloseable {
    private static final Map<String, String> BROKER = Map.of(
            "group.share.min.record.lock.duration.ms", "1000",
            "group.share.min.heartbeat.interval.ms", "500",
            "group.share.heartbeat.interval.ms", "500");

    private static final String BUCKET = "darkroom";
    /** Two for each worker, as advised. */
    private static final String CLASSIC_PARTITIONS = Integer.toString(2 * ChaosPlan.WORKERS);

    private final Path folder;
    private final String delivery;
    private final Duration lease;
    private final EmbeddedS3 s3;
    private final FaultyProxy proxy;
    private final int kafkaPort;
    private Optional<EmbeddedKafka> kafka;

    /**
     * Starts all, and creates topics, group and bucket.
     *
     * @param folder an empty one
     * @param delivery {@code share} or {@code classic}
     */
    ChaosStack(Path folder, String delivery, Duration lease, long seed) throws Exception {
        this.folder = folder;
        this.delivery = delivery;
        this.lease = lease;
        for (String model : ChaosModel.ALL) {
            Path checkpoint = Files.createDirectories(folder.resolve("models").resolve(model));
            Files.writeString(checkpoint.resolve("model_index.json"), "{}");
        }
        EmbeddedKafka first = EmbeddedKafka.start(folder.resolve("kafka"), 0, BROKER);
        kafka = Optional.of(first);
        kafkaPort = first.port();
        s3 = EmbeddedS3.start(folder.resolve("s3"), 0);
        s3.createBucket(BUCKET);
        proxy = FaultyProxy.start(s3.port(), new SplittableRandom(seed));
        WorkerConfig config = config();
        try (ClusterAdmin cluster = ClusterAdmin.connect(config.kafka())) {
            new JobTopics(cluster, config.kafka().topics()).createMissing();
            JobGroup.choose(cluster, config.kafka(), config.delivery()).setUp(cluster);
        }
    }

    String bootstrapServers() {
        return "127.0.0.1:" + kafkaPort;
    }

    FaultyProxy bucketWay() {
        return proxy;
    }

    /** The settings of the workers, in their environment. */
    Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("DARKROOM_KAFKA_BOOTSTRAP_SERVERS", bootstrapServers());
        environment.put("DARKROOM_S3_ENDPOINT", "http://127.0.0.1:" + proxy.port());
        environment.put("DARKROOM_S3_ACCESS_KEY", EmbeddedS3.ACCESS_KEY);
        environment.put("DARKROOM_S3_SECRET_KEY", EmbeddedS3.SECRET_KEY);
        environment.put("DARKROOM_S3_BUCKET", BUCKET);
        environment.put("DARKROOM_MODELS", folder.resolve("models").toString());
        environment.put("DARKROOM_DEFAULT_MODEL", ChaosModel.STEADY);
        environment.put("DARKROOM_DEVICE", "cpu");
        environment.put("DARKROOM_ADMIN_PORT", "0");
        environment.put("DARKROOM_DELIVERY", delivery);
        environment.put("DARKROOM_SHARE_LOCK_DURATION", lease.toString());
        // The most there is: what the faults cost a job must not be taken for the job's own doing.
        environment.put("DARKROOM_SHARE_DELIVERY_LIMIT", "9");
        // The second attempt comes after 5 s; a third one would after 30 s more.
        environment.put("DARKROOM_RETRY_ATTEMPTS", "2");
        environment.put("DARKROOM_DRAIN_TIMEOUT", "PT5S");
        if (delivery.equals("classic")) {
            environment.put("DARKROOM_KAFKA_TOPICS_PARTITIONS", CLASSIC_PARTITIONS);
        }
        return environment;
    }

    WorkerConfig config() {
        return ConfigLoader.load(Optional.empty(), environment(), Map.of(), "chaos");
    }

    /** The bucket without anything in the way. */
    S3ResultStore bucket() {
        Map<String, String> direct = environment();
        direct.put("DARKROOM_S3_ENDPOINT", s3.endpoint());
        return new S3ResultStore(
                ConfigLoader.load(Optional.empty(), direct, Map.of(), "chaos").s3());
    }

    boolean isBrokerUp() {
        return kafka.isPresent();
    }

    void stopBroker() {
        kafka.ifPresent(EmbeddedKafka::close);
        kafka = Optional.empty();
    }

    /** The same broker, unless it is up. */
    void startBroker() throws IOException {
        if (kafka.isEmpty()) {
            kafka = Optional.of(EmbeddedKafka.start(folder.resolve("kafka"), kafkaPort, BROKER));
        }
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        stopBroker();
        s3.close();
    }
}
