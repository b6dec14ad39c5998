package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of the share groups at the broker, one for each lane. What already is as it should be is not touched, so a second run
 * changes nothing.
 */
public final class ShareGroupSetup {
    private static final Logger LOG = LoggerFactory.getLogger(ShareGroupSetup.class);

    private static final String MOST_DELIVERIES = "10";
    private static final String FEATURE = "share.version";
    private static final int LEAST_LEVEL = 1;
    /** From this level on the broker writes dead letters itself. */
    private static final int DEAD_LETTER_LEVEL = 2;

    private static final String DEAD_LETTER_TOPIC = "errors.deadletterqueue.topic.name";
    private static final String DEAD_LETTER_COPY = "errors.deadletterqueue.copy.record.enable";
    private static final String DEAD_LETTER_ALLOWED = "errors.deadletterqueue.group.enable";

    /**
     * A member that joins has its partitions with its first heartbeat. By default a broker deals them out once a second, and
     * who joins within a second of another has them with its second heartbeat, 5 s later. Brokers before 4.4 may not know it.
     */
    private static final Map<String, String> AT_ONCE = Map.of("share.assignment.interval.ms", "0");

    private final ClusterAdmin cluster;
    private final KafkaConfig kafka;
    private final DeliveryConfig delivery;

    public ShareGroupSetup(ClusterAdmin cluster, KafkaConfig kafka, DeliveryConfig delivery) {
        this.cluster = cluster;
        this.kafka = kafka;
        this.delivery = delivery;
    }

    /**
     * Sets up each lane's group for its topic, which must exist.
     *
     * @return what was changed, a line each
     * @throws IntakeException when the cluster has no share groups, or refuses a setting
     */
    public List<String> apply() throws IntakeException {
        int level = shareLevel(cluster);
        if (level < LEAST_LEVEL) {
            throw new IntakeException("Share groups are off on this Kafka cluster (feature " + FEATURE
                    + " is not finalized), which delivery: share needs. Use auto or classic, or Kafka 4.2 or newer; after an upgrade of the cluster run:"
                    + " kafka-features.sh --bootstrap-server " + kafka.bootstrapServers()
                    + " upgrade --feature " + FEATURE + "=1");
        }
        List<String> changes = new ArrayList<>();
        if (level >= DEAD_LETTER_LEVEL) {
            changes.addAll(alter(
                    ConfigResource.Type.TOPIC,
                    kafka.topics().deadLetters(),
                    Map.of(DEAD_LETTER_ALLOWED, "true"),
                    "kafka.topics.dead-letters"));
        }
        for (Lane lane : Lane.values()) {
            changes.addAll(apply(lane, level));
        }
        return changes;
    }

    private List<String> apply(Lane lane, int level) throws IntakeException {
        String group = kafka.group(lane);
        Map<String, String> wanted = new LinkedHashMap<>();
        // The default, latest, would skip every job that was produced before the first worker ever came.
        wanted.put("share.auto.offset.reset", "earliest");
        if (level >= DEAD_LETTER_LEVEL) {
            wanted.put(DEAD_LETTER_TOPIC, kafka.topics().deadLetters());
            wanted.put(DEAD_LETTER_COPY, "true");
        }
        List<String> changes = new ArrayList<>(alter(ConfigResource.Type.GROUP, group, wanted, "kafka.group"));
        changes.addAll(alter(
                ConfigResource.Type.GROUP,
                group,
                Map.of(
                        "share.record.lock.duration.ms",
                        Long.toString(delivery.lockDuration().toMillis())),
                "share.lock-duration"));
        changes.addAll(alter(
                ConfigResource.Type.GROUP,
                group,
                // The broker's most: the deliveries beyond the worker's own limit are for telling the job's owner.
                Map.of("share.delivery.count.limit", MOST_DELIVERIES),
                "share.delivery-limit"));
        changes.addAll(dealAtOnce(group));
        changes.addAll(createGroup(group, kafka.topics().jobs(lane)));
        return changes;
    }

    /** Jobs come without it too, only later: a broker or its rules that refuse it keep no worker from its work. */
    private List<String> dealAtOnce(String group) {
        try {
            return alter(ConfigResource.Type.GROUP, group, known(group, AT_ONCE), "kafka.group");
        } catch (IntakeException e) {
            LOG.warn(
                    "A worker that joins {} soon after another may get its first job 5 s late, for {} could not be set: {}",
                    group,
                    AT_ONCE,
                    e.getMessage());
            return List.of();
        }
    }

    /** Of some settings of a group those that the brokers know. */
    private Map<String, String> known(String group, Map<String, String> settings) throws IntakeException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        Config config = Objects.requireNonNull(
                cluster.await(admin -> admin.describeConfigs(List.of(resource)).all(), "read the settings of " + group)
                        .get(resource));
        Map<String, String> known = new LinkedHashMap<>(settings);
        known.keySet().removeIf(key -> config.get(key) == null);
        return known;
    }

    /** Whether the cluster has share groups. */
    static boolean isPossible(ClusterAdmin cluster) throws IntakeException {
        return shareLevel(cluster) >= LEAST_LEVEL;
    }

    private static int shareLevel(ClusterAdmin cluster) throws IntakeException {
        FeatureMetadata features =
                cluster.await(admin -> admin.describeFeatures().featureMetadata(), "ask for the cluster's features");
        FinalizedVersionRange range = features.finalizedFeatures().get(FEATURE);
        return range == null ? 0 : range.maxVersionLevel();
    }

    /** Sets what differs. The setting is named in a message, because the broker bounds some values. */
    private List<String> alter(ConfigResource.Type type, String name, Map<String, String> wanted, String setting)
            throws IntakeException {
        ConfigResource resource = new ConfigResource(type, name);
        Map<ConfigResource, Config> read =
                cluster.await(admin -> admin.describeConfigs(List.of(resource)).all(), "read the settings of " + name);
        List<String> changes = new ArrayList<>();
        Collection<AlterConfigOp> operations = new ArrayList<>();
        wanted.forEach((key, value) -> {
            ConfigEntry entry = Objects.requireNonNull(read.get(resource)).get(key);
            if (entry == null || !value.equals(entry.value())) {
                operations.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET));
                changes.add("set " + key + "=" + value + " for " + name);
            }
        });
        if (!operations.isEmpty()) {
            cluster.await(
                    admin -> admin.incrementalAlterConfigs(Map.of(resource, operations))
                            .all(),
                    "apply the setting " + setting + " to " + name);
        }
        return changes;
    }

    /**
     * Creates an unknown group by giving it its first offsets. Without that its first member is assigned partitions
     * only with its second heartbeat, 5 s later, and the group has no lag before.
     */
    private List<String> createGroup(String group, String topic) throws IntakeException {
        boolean known = cluster.awaitUnless(
                admin -> admin.describeShareGroups(List.of(group)).all(),
                "look up the group " + group + " (setting kafka.group)",
                GroupIdNotFoundException.class);
        if (known) {
            return List.of();
        }
        Map<TopicPartition, Long> first = firstOffsets(topic);
        cluster.awaitUnless(
                admin -> admin.alterShareGroupOffsets(group, first).all(),
                "create the group " + group,
                // A worker joined in the meantime: the group exists.
                GroupNotEmptyException.class);
        return List.of("created group " + group);
    }

    private Map<TopicPartition, Long> firstOffsets(String topic) throws IntakeException {
        Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
        for (TopicDescription described : new JobTopics(cluster, kafka.topics()).ofJobs()) {
            for (TopicPartitionInfo partition : described.partitions()) {
                if (described.name().equals(topic)) {
                    earliest.put(new TopicPartition(topic, partition.partition()), OffsetSpec.earliest());
                }
            }
        }
        Map<TopicPartition, ListOffsetsResultInfo> offsets =
                cluster.await(admin -> admin.listOffsets(earliest).all(), "read the offsets of " + topic);
        Map<TopicPartition, Long> first = new HashMap<>();
        offsets.forEach((partition, offset) -> first.put(partition, offset.offset()));
        return first;
    }
}
