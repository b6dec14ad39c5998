package dev.darkroom.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A single-node Kafka broker and KRaft controller in this JVM, on the loopback address, with share groups on. The data
 * directory is the caller's: a second broker on the same directory continues the first one's log.
 */
public final class EmbeddedKafka implements AutoCloseable {
    private static final String CONTROLLER = "CONTROLLER";

    private final KafkaRaftServer server;
    private final KafkaListeners listeners;

    private EmbeddedKafka(KafkaRaftServer server, KafkaListeners listeners) {
        this.server = server;
        this.listeners = listeners;
    }

    /** Starts a broker on a free port and waits until it serves. */
    public static EmbeddedKafka start(Path data) throws IOException {
        return start(data, 0, Map.of());
    }

    /**
     * Starts a broker and waits until it serves.
     *
     * @param data the broker's directory; formatted if it is new
     * @param port the port for clients, 0 for a free one
     * @param settings broker settings that replace the defaults, e.g. {@code group.share.min.record.lock.duration.ms}
     */
    public static EmbeddedKafka start(Path data, int port, Map<String, String> settings) throws IOException {
        Ports.requireFree(port, "Kafka");
        List<Integer> free = Ports.free(4);
        KafkaListeners listeners = KafkaListeners.of(port, free);
        return start(
                data,
                listeners,
                properties -> {
                    listeners.open(properties, free.get(3));
                    properties.putAll(settings);
                },
                List.of());
    }

    /**
     * The same with listeners of the caller's.
     *
     * @param settings adds to the defaults, the listeners among it
     * @param scram the passwords of users that a new directory gets
     */
    static EmbeddedKafka start(Path data, KafkaListeners listeners, Consumer<Properties> settings, List<String> scram)
            throws IOException {
        Properties properties = properties(data);
        settings.accept(properties);
        if (!Files.exists(data.resolve("meta.properties"))) {
            format(data, scram);
        }
        try {
            KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
            server.startup();
            return new EmbeddedKafka(server, listeners);
        } catch (KafkaException e) {
            throw new IOException("The broker cannot start in " + data + ": " + e.getMessage(), e);
        }
    }

    /** What a client puts into {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return listeners.clientServers();
    }

    public int port() {
        return listeners.clients();
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    private static Properties properties(Path data) {
        Properties properties = new Properties();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", "1");
        properties.put("controller.listener.names", CONTROLLER);
        properties.put("log.dirs", data.toString());
        for (String single : List.of(
                "offsets.topic.replication.factor",
                "offsets.topic.num.partitions",
                "transaction.state.log.replication.factor",
                "transaction.state.log.min.isr",
                "transaction.state.log.num.partitions",
                "share.coordinator.state.topic.replication.factor",
                "share.coordinator.state.topic.min.isr",
                "share.coordinator.state.topic.num.partitions")) {
            properties.put(single, "1");
        }
        properties.put("group.initial.rebalance.delay.ms", "0");
        // The least the cleaner accepts; its default takes 128 MiB of heap at start.
        properties.put("log.cleaner.dedupe.buffer.size", "1048577");
        properties.put("num.network.threads", "1");
        properties.put("num.io.threads", "2");
        return properties;
    }

    private static void format(Path data, List<String> scram) throws IOException {
        Files.createDirectories(data);
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(1)
                    .setClusterId(Uuid.randomUuid().toString())
                    .addDirectory(data.toString())
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setControllerListenerName(CONTROLLER)
                    .setMetadataLogDirectory(data.toString())
                    .setScramArguments(scram)
                    .run();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("The broker's directory cannot be formatted: " + data, e);
        }
    }
}
