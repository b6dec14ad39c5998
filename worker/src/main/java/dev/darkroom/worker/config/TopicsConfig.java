package dev.darkroom.worker.config;

import dev.darkroom.client.Lane;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The topics of one queue.
 *
 * @param jobs of the normal lane
 * @param partitions of a topic that {@code init} creates; an existing one is left as it is
 * @param replication replicas of a topic that {@code init} creates; the broker's default when empty
 */
public record TopicsConfig(
        String jobs,
        String jobsHigh,
        String jobsLow,
        String events,
        String retry,
        String control,
        String deadLetters,
        int partitions,
        OptionalInt replication) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final String DEAD_LETTER_PREFIX = "dlq.";

    public TopicsConfig {
        Rules rules = new Rules();
        List<String> keys = List.of("jobs", "jobs-high", "jobs-low", "events", "retry", "control", "dead-letters");
        List<String> names = List.of(jobs, jobsHigh, jobsLow, events, retry, control, deadLetters);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            String key = "kafka.topics." + keys.get(i);
            String name = names.get(i);
            rules.check(
                    NAME.matcher(name).matches() && !name.equals(".") && !name.equals(".."),
                    key,
                    "must be 1-249 of A-Z a-z 0-9 . _ -",
                    name);
            rules.check(seen.add(name), key, "must differ from every other topic", name);
        }
        rules.check(
                deadLetters.startsWith(DEAD_LETTER_PREFIX),
                "kafka.topics.dead-letters",
                "must start with " + DEAD_LETTER_PREFIX + " (Kafka writes only there)",
                deadLetters);
        rules.check(partitions >= 1 && partitions <= 1000, "kafka.topics.partitions", "must be 1-1000", partitions);
        rules.check(
                replication.orElse(1) >= 1 && replication.orElse(1) <= 100,
                "kafka.topics.replication",
                "must be 1-100",
                replication.orElse(1));
        rules.raise();
    }

    /** With the topics of the high and the low lane called after that of the normal one. */
    public TopicsConfig(
            String jobs,
            String events,
            String retry,
            String control,
            String deadLetters,
            int partitions,
            OptionalInt replication) {
        this(
                jobs,
                Lane.HIGH.topic(jobs),
                Lane.LOW.topic(jobs),
                events,
                retry,
                control,
                deadLetters,
                partitions,
                replication);
    }

    /** The topics that jobs are taken from, the high lane's first. */
    public Map<Lane, String> lanes() {
        Map<Lane, String> topics = new EnumMap<>(Lane.class);
        topics.put(Lane.HIGH, jobsHigh);
        topics.put(Lane.NORMAL, jobs);
        topics.put(Lane.LOW, jobsLow);
        return topics;
    }

    /** Where jobs of a lane are taken from. */
    public String jobs(Lane lane) {
        return switch (lane) {
            case HIGH -> jobsHigh;
            case NORMAL -> jobs;
            case LOW -> jobsLow;
        };
    }

    /** The lane of a topic; empty for one that no job is taken from. */
    public Optional<Lane> lane(String topic) {
        return lanes().entrySet().stream()
                .filter(lane -> lane.getValue().equals(topic))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Every topic, those of jobs first. */
    public List<String> all() {
        return List.of(jobs, jobsHigh, jobsLow, events, retry, control, deadLetters);
    }
}
