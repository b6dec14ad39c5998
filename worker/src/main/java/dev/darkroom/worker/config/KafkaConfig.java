package dev.darkroom.worker.config;

import dev.darkroom.client.Lane;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * How to reach Kafka.
 *
 * @param properties settings of the Kafka clients that pass through unchanged (TLS, SASL); may hold secrets
 * @param group the group that all workers of one queue share for the normal lane; the others have their own, see {@link
 *     #group(Lane)}
 */
public record KafkaConfig(String bootstrapServers, Map<String, String> properties, TopicsConfig topics, String group) {
    private static final Pattern SERVERS =
            Pattern.compile("\\s*[^\\s,:/@][^\\s@]*:\\d{1,5}\\s*(,\\s*[^\\s,:/@][^\\s@]*:\\d{1,5}\\s*)*");

    /** Delivery depends on these; a pass-through value would break it silently. */
    private static final Set<String> OWNED = Set.of(
            "bootstrap.servers",
            "group.id",
            "group.protocol",
            "group.instance.id",
            "partition.assignment.strategy",
            "session.timeout.ms",
            "heartbeat.interval.ms",
            "max.poll.interval.ms",
            "key.serializer",
            "value.serializer",
            "key.deserializer",
            "value.deserializer",
            "share.acknowledgement.mode",
            "share.acquire.mode",
            "max.poll.records",
            "enable.auto.commit",
            "auto.offset.reset",
            "isolation.level",
            "enable.idempotence",
            "acks",
            "transactional.id",
            "transaction.timeout.ms");

    public KafkaConfig {
        properties = Map.copyOf(properties);
        Rules rules = new Rules()
                .check(
                        SERVERS.matcher(bootstrapServers).matches(),
                        "kafka.bootstrap-servers",
                        "must be host:port, comma-separated",
                        // What looks like a user and a password is not repeated.
                        bootstrapServers.contains("@") ? WorkerConfig.MASK : bootstrapServers)
                .check(!group.isBlank() && group.length() <= 249, "kafka.group", "must have 1-249 characters", group);
        for (String name : properties.keySet()) {
            rules.check(
                    !OWNED.contains(name),
                    Settings.KAFKA_PROPERTIES + "." + name,
                    "is set by Darkroom itself and cannot be passed through");
        }
        rules.raise();
    }

    /** The group of a lane; the normal lane's is the configured one. */
    public String group(Lane lane) {
        return lane == Lane.NORMAL ? group : group + "-" + lane.label();
    }

    /** The group that brings jobs back from the retry topic. */
    public String retryGroup() {
        return group + "-retry";
    }

    /** How the clients speak with the brokers: {@code PLAINTEXT} unless it is set. */
    public String protocol() {
        return properties.getOrDefault("security.protocol", "PLAINTEXT");
    }

    /** What every Kafka client is made with: the pass-through settings and the addresses. */
    public Map<String, Object> clientProperties() {
        Map<String, Object> client = new HashMap<>(properties);
        client.put("bootstrap.servers", bootstrapServers);
        return client;
    }

    @Override
    public String toString() {
        return "KafkaConfig[bootstrapServers=" + bootstrapServers + ", properties=" + maskedProperties() + ", topics="
                + topics + ", group=" + group + "]";
    }

    /** The pass-through settings in order of name, each that may be a secret masked. */
    Map<String, String> maskedProperties() {
        Map<String, String> masked = new TreeMap<>();
        properties.forEach((name, value) -> masked.put(name, mayBeSecret(name) ? WorkerConfig.MASK : value));
        return masked;
    }

    /** Kafka marks these by type, but plug-ins bring names of their own: better one too many than one too few. */
    private static boolean mayBeSecret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.contains("password")
                || lower.contains("secret")
                || lower.contains("jaas")
                || lower.contains("token")
                || lower.contains("credential")
                || lower.contains("user.info")
                || lower.endsWith(".key");
    }
}
