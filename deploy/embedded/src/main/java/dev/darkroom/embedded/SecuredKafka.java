package dev.darkroom.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A broker that asks who comes, over TLS: with a password (SASL_SSL, SCRAM-SHA-512) on one port, with a certificate (SSL)
 * on another. A third, open one is the broker's own and that of who looks after it ({@code User:ANONYMOUS}, a super user).
 * All are on the loopback address; their name is {@code localhost}.
 */
public final class SecuredKafka implements AutoCloseable {
    private final EmbeddedKafka broker;
    private final KafkaListeners listeners;

    private SecuredKafka(EmbeddedKafka broker, KafkaListeners listeners) {
        this.broker = broker;
        this.listeners = listeners;
    }

    /**
     * Starts a broker on free ports and waits until it serves.
     *
     * @param data the broker's directory; formatted if it is new
     * @param server its certificate; clients' must be signed by the same authority
     * @param passwords those of its users, by name; only a new directory takes them in
     * @param settings broker settings that replace the defaults, e.g. {@code authorizer.class.name}
     */
    public static SecuredKafka start(
            Path data, Identity server, Map<String, String> passwords, Map<String, String> settings)
            throws IOException {
        var free = Ports.free(4);
        KafkaListeners listeners = KafkaListeners.of(0, free);
        EmbeddedKafka broker = EmbeddedKafka.start(
                data,
                listeners,
                properties -> {
                    listeners.secured(properties, free.get(3), server);
                    properties.putAll(settings);
                },
                KafkaListeners.scram(passwords));
        return new SecuredKafka(broker, listeners);
    }

    /** For clients with a password. */
    public String passwordServers() {
        return listeners.passwordServers();
    }

    /** For clients with a certificate. */
    public String certificateServers() {
        return listeners.certificateServers();
    }

    /** For who looks after the broker. */
    public String internalServers() {
        return listeners.internalServers();
    }

    @Override
    public void close() {
        broker.close();
    }
}
