package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.TopicsConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.record.TimestampType;

/** The topics of one queue. Those that exist are left as they are. */
public final class JobTopics {
    /** Roomy enough for any job that a jobs topic could hold, with the headers that say why it failed. */
    private static final String MOVED_RECORD_BYTES = Integer.toString(DeadLetters.MAX_REQUEST_BYTES);

    /** So long, at least, a request to cancel a job holds, be the job sent before or after it. */
    static final Duration CANCEL_HOLDS = Duration.ofDays(7);

    private final ClusterAdmin cluster;
    private final TopicsConfig topics;

    public JobTopics(ClusterAdmin cluster, TopicsConfig topics) {
        this.cluster = cluster;
        this.topics = topics;
    }

    /** Creates the topics that are absent and says which those were. */
    public List<String> createMissing() throws IntakeException {
        Set<String> existing = cluster.await(admin -> admin.listTopics().names(), "list the topics");
        List<String> created = new ArrayList<>();
        for (String name : topics.all()) {
            if (!existing.contains(name) && create(name)) {
                created.add("created topic " + name);
            }
        }
        return created;
    }

    /**
     * What the cluster knows of the topics that jobs are taken from.
     *
     * @throws IntakeException when one does not exist, or may not be looked up
     */
    Collection<TopicDescription> ofJobs() throws IntakeException {
        Collection<String> names = topics.lanes().values();
        return cluster.await(
                        admin -> admin.describeTopics(names).allTopicNames(),
                        "look up the topics " + String.join(", ", names) + " (settings kafka.topics.jobs*)")
                .values();
    }

    private boolean create(String name) throws IntakeException {
        Optional<Integer> partitions = Optional.of(topics.partitions());
        OptionalInt replication = topics.replication();
        Optional<Short> replicas =
                replication.isPresent() ? Optional.of((short) replication.getAsInt()) : Optional.empty();
        NewTopic topic = new NewTopic(name, partitions, replicas).configs(configs(name));
        // Another worker may create it at the same time: then it is there, which is all that matters.
        return cluster.awaitUnless(
                admin -> admin.createTopics(List.of(topic)).all(),
                "create the topic " + name,
                TopicExistsException.class);
    }

    private Map<String, String> configs(String name) {
        Map<String, String> configs = new HashMap<>();
        if (name.equals(topics.control())) {
            configs.put(
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE);
            configs.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(CANCEL_HOLDS.toMillis()));
            // By the broker's clock: a sender with a wrong one would have its request deleted at once.
            configs.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, TimestampType.LOG_APPEND_TIME.name);
        }
        if (name.equals(topics.retry()) || name.equals(topics.deadLetters())) {
            configs.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, MOVED_RECORD_BYTES);
        }
        return configs;
    }
}
