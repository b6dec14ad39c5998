package dev.darkroom.worker.containers;

import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** Apache Kafka in a container, with leases and heartbeats that pass in seconds. */
public final class KafkaServer implements AutoCloseable {
    private final KafkaContainer container = new KafkaContainer(DockerImageName.parse("apache/kafka:4.3.1"))
            .withEnv("KAFKA_GROUP_SHARE_MIN_RECORD_LOCK_DURATION_MS", "1000")
            .withEnv("KAFKA_GROUP_SHARE_MIN_HEARTBEAT_INTERVAL_MS", "500")
            .withEnv("KAFKA_GROUP_SHARE_HEARTBEAT_INTERVAL_MS", "500")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1");

    private KafkaServer() {}

    public static KafkaServer start() {
        KafkaServer server = new KafkaServer();
        server.container.start();
        return server;
    }

    public String bootstrapServers() {
        return container.getBootstrapServers().replaceFirst("^[A-Z_]+://", "");
    }

    @Override
    public void close() {
        container.stop();
    }
}
