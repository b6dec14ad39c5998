package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.DeliveryConfig.Mode;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.LanesConfig;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.TopicDescription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The group that the workers of one queue are, of the kind that is configured and that the cluster has. */
public final class JobGroup {
    private static final Logger LOG = LoggerFactory.getLogger(JobGroup.class);

    private final KafkaConfig kafka;
    private final DeliveryConfig delivery;
    private final Mode mode;

    private JobGroup(KafkaConfig kafka, DeliveryConfig delivery, Mode mode) {
        this.kafka = kafka;
        this.delivery = delivery;
        this.mode = mode;
    }

    /**
     * Decides on the kind of group; {@code auto} asks the cluster.
     *
     * @throws IntakeException when the cluster does not answer
     */
    public static JobGroup choose(ClusterAdmin cluster, KafkaConfig kafka, DeliveryConfig delivery)
            throws IntakeException {
        if (delivery.mode() != Mode.AUTO) {
            return new JobGroup(kafka, delivery, delivery.mode());
        }
        Mode mode = ShareGroupSetup.isPossible(cluster) ? Mode.SHARE : Mode.CLASSIC;
        LOG.info(
                "delivery: auto takes {} on this Kafka cluster",
                mode == Mode.SHARE
                        ? "a share group"
                        : "a consumer group with transactions, for want of share groups (feature share.version)");
        return new JobGroup(kafka, delivery, mode);
    }

    /** {@code SHARE} or {@code CLASSIC}. */
    public Mode mode() {
        return mode;
    }

    /**
     * Sets the group up for the topics of jobs, which must exist.
     *
     * @return what was changed, a line each
     * @throws IntakeException when the cluster has no such groups, or refuses a setting
     */
    public List<String> setUp(ClusterAdmin cluster) throws IntakeException {
        if (mode == Mode.SHARE) {
            return new ShareGroupSetup(cluster, kafka, delivery).apply();
        }
        adviseOnPartitions(cluster);
        return List.of();
    }

    private void adviseOnPartitions(ClusterAdmin cluster) throws IntakeException {
        List<String> single = new ArrayList<>();
        for (TopicDescription topic : new JobTopics(cluster, kafka.topics()).ofJobs()) {
            if (topic.partitions().size() == 1) {
                single.add(topic.name());
            }
        }
        if (!single.isEmpty()) {
            LOG.warn(
                    "One partition only: topics {}, and with delivery: classic only one worker at a time gets jobs from a"
                            + " partition. For several workers give each two partitions a worker or more:"
                            + " kafka-topics.sh --bootstrap-server {} --alter --topic {} --partitions N",
                    String.join(", ", single),
                    kafka.bootstrapServers(),
                    single.get(0));
        }
    }

    /**
     * A source of this group's jobs that takes nothing before it is started.
     *
     * @param lanes which there are, and how many leases of each are held at once
     * @param clientId names the clients at the broker
     */
    public JobSource source(LanesConfig lanes, String clientId) {
        return mode == Mode.SHARE
                ? new ShareGroupSource(kafka, delivery, lanes, clientId)
                : new ConsumerGroupSource(kafka, delivery, lanes, clientId);
    }
}
