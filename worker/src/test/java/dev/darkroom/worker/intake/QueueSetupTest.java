package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics and group on a real broker. */
class QueueSetupTest {
    private static final DeliveryConfig DELIVERY =
            new DeliveryConfig(DeliveryConfig.Mode.SHARE, Duration.ofSeconds(20), 4, Duration.ZERO, false);

    @TempDir
    private static Path data;

    private static EmbeddedKafka kafka;

    @BeforeAll
    static void startBroker() throws Exception {
        kafka = EmbeddedKafka.start(data);
    }

    @AfterAll
    static void stopBroker() {
        kafka.close();
    }

    @Test
    void aSecondRunChangesNothing() throws Exception {
        KafkaConfig config = QueueFixture.config(kafka.bootstrapServers());
        try (ClusterAdmin cluster = ClusterAdmin.connect(config)) {
            assertThat(new JobTopics(cluster, config.topics()).createMissing())
                    .hasSize(7)
                    .allSatisfy(change -> assertThat(change).startsWith("created topic "));
            assertThat(new ShareGroupSetup(cluster, config, DELIVERY).apply())
                    .contains("created group " + config.group())
                    .contains("set share.record.lock.duration.ms=20000 for " + config.group());

            assertThat(new JobTopics(cluster, config.topics()).createMissing()).isEmpty();
            assertThat(new ShareGroupSetup(cluster, config, DELIVERY).apply()).isEmpty();
        }
    }

    @Test
    void topicsAndGroupAreSetUpAsDeliveryNeedsThem() throws Exception {
        KafkaConfig config = QueueFixture.config(kafka.bootstrapServers());
        try (ClusterAdmin cluster = ClusterAdmin.connect(config)) {
            new JobTopics(cluster, config.topics()).createMissing();
            new ShareGroupSetup(cluster, config, DELIVERY).apply();

            assertThat(configs(
                            cluster, ConfigResource.Type.TOPIC, config.topics().control()))
                    .containsEntry("cleanup.policy", "compact,delete")
                    .containsEntry("retention.ms", "604800000")
                    .containsEntry("message.timestamp.type", "LogAppendTime");
            assertThat(configs(
                            cluster, ConfigResource.Type.TOPIC, config.topics().deadLetters()))
                    .containsEntry("errors.deadletterqueue.group.enable", "true");
            assertThat(configs(cluster, ConfigResource.Type.GROUP, config.group()))
                    .containsEntry("share.auto.offset.reset", "earliest")
                    .containsEntry("share.record.lock.duration.ms", "20000")
                    .containsEntry("share.delivery.count.limit", "10")
                    .containsEntry("share.assignment.interval.ms", "0")
                    .containsEntry(
                            "errors.deadletterqueue.topic.name", config.topics().deadLetters())
                    .containsEntry("errors.deadletterqueue.copy.record.enable", "true");
        }
    }

    @Test
    void jobsFromBeforeTheFirstWorkerAreTaken() throws Exception {
        try (QueueFixture queue = QueueFixture.create(kafka.bootstrapServers(), Duration.ofSeconds(20))) {
            queue.produce("early");
            BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
            try (JobSource source =
                    new ShareGroupSource(queue.kafka(), queue.delivery(), QueueFixture.NORMAL, "test")) {
                source.start(leases::add);
                // The group's first member needs no second heartbeat, which would take 5 s with this broker.
                assertThat(leases.poll(20, TimeUnit.SECONDS)).isNotNull();
            }
        }
    }

    @Test
    void aLockThatTheBrokerRefusesIsNamedWithItsSetting() throws Exception {
        KafkaConfig config = QueueFixture.config(kafka.bootstrapServers());
        DeliveryConfig tooShort =
                new DeliveryConfig(DeliveryConfig.Mode.SHARE, Duration.ofSeconds(5), 4, Duration.ZERO, false);
        try (ClusterAdmin cluster = ClusterAdmin.connect(config)) {
            new JobTopics(cluster, config.topics()).createMissing();

            assertThatThrownBy(() -> new ShareGroupSetup(cluster, config, tooShort).apply())
                    .isInstanceOf(IntakeException.class)
                    .hasMessageContaining("share.lock-duration")
                    .hasMessageContaining("15000");
        }
    }

    @Test
    void aBrokerThatIsAwayIsNamedWithItsSetting() {
        KafkaConfig nobody = QueueFixture.config("127.0.0.1:1");

        assertThatThrownBy(() -> ClusterAdmin.connect(nobody))
                .isInstanceOf(IntakeException.class)
                .hasMessageContaining(nobody.bootstrapServers())
                .hasMessageContaining("kafka.bootstrap-servers")
                .hasMessageContaining("DARKROOM_KAFKA_BOOTSTRAP_SERVERS");
    }

    @Test
    void anUnknownHostIsNamedWithItsSetting() {
        KafkaConfig nowhere = QueueFixture.config("no-such-host.invalid:9092");

        assertThatThrownBy(() -> ClusterAdmin.connect(nowhere))
                .isInstanceOf(IntakeException.class)
                .hasMessageContaining("no-such-host.invalid:9092")
                .hasMessageContaining("DARKROOM_KAFKA_BOOTSTRAP_SERVERS");
    }

    @Test
    void aClusterWithoutShareGroupsIsToldApart(@TempDir Path other) throws Exception {
        try (EmbeddedKafka old = EmbeddedKafka.start(other)) {
            KafkaConfig config = QueueFixture.config(old.bootstrapServers());
            try (ClusterAdmin cluster = ClusterAdmin.connect(config)) {
                cluster.await(QueueSetupTest::turnShareGroupsOff, "turn share groups off");

                assertThatThrownBy(() -> new ShareGroupSetup(cluster, config, DELIVERY).apply())
                        .isInstanceOf(IntakeException.class)
                        .hasMessageContaining("share.version")
                        .hasMessageContaining("kafka-features.sh");
                assertThat(JobGroup.choose(cluster, config, delivery(DeliveryConfig.Mode.AUTO))
                                .mode())
                        .isEqualTo(DeliveryConfig.Mode.CLASSIC);
            }
        }
    }

    @Test
    void autoTakesAShareGroupWhereTheClusterHasThem() throws Exception {
        KafkaConfig config = QueueFixture.config(kafka.bootstrapServers());
        try (ClusterAdmin cluster = ClusterAdmin.connect(config)) {
            assertThat(JobGroup.choose(cluster, config, delivery(DeliveryConfig.Mode.AUTO))
                            .mode())
                    .isEqualTo(DeliveryConfig.Mode.SHARE);
        }
    }

    @Test
    void aConsumerGroupNeedsNoSettings() throws Exception {
        KafkaConfig config = QueueFixture.config(kafka.bootstrapServers());
        try (ClusterAdmin cluster = ClusterAdmin.connect(config)) {
            new JobTopics(cluster, config.topics()).createMissing();

            assertThat(JobGroup.choose(cluster, config, delivery(DeliveryConfig.Mode.CLASSIC))
                            .setUp(cluster))
                    .isEmpty();

            assertThat(configs(cluster, ConfigResource.Type.GROUP, config.group()))
                    .doesNotContainEntry("share.auto.offset.reset", "earliest");
        }
    }

    private static DeliveryConfig delivery(DeliveryConfig.Mode mode) {
        return new DeliveryConfig(mode, Duration.ofSeconds(20), 4, Duration.ZERO, false);
    }

    private static KafkaFuture<Void> turnShareGroupsOff(Admin admin) {
        return admin.updateFeatures(
                        Map.of("share.version", new FeatureUpdate((short) 0, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)),
                        new UpdateFeaturesOptions())
                .all();
    }

    private static Map<String, String> configs(ClusterAdmin cluster, ConfigResource.Type type, String name)
            throws IntakeException {
        ConfigResource resource = new ConfigResource(type, name);
        Map<String, String> configs = new HashMap<>();
        cluster.await(admin -> admin.describeConfigs(List.of(resource)).all(), "read configs")
                .get(resource)
                .entries()
                .forEach(entry -> configs.put(entry.name(), entry.value()));
        return configs;
    }
}
