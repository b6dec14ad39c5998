package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.tls.TlsFailure;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** A connection to a Kafka cluster that answered. What fails on it becomes a message that names the setting. */
public final class ClusterAdmin implements AutoCloseable {
    private static final String SERVERS = "kafka.bootstrap-servers, DARKROOM_KAFKA_BOOTSTRAP_SERVERS";
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(8);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PROPAGATION = Duration.ofSeconds(10);

    private final Admin admin;

    private ClusterAdmin(Admin admin) {
        this.admin = admin;
    }

    /**
     * Connects, and waits at most some ten seconds for an answer.
     *
     * @throws IntakeException when no broker answers or the credentials are refused
     */
    public static ClusterAdmin connect(KafkaConfig kafka) throws IntakeException {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(AdminClientConfig.CLIENT_ID_CONFIG, "darkroom-admin");
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ANSWER_TIMEOUT.toMillis());
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) CALL_TIMEOUT.toMillis());
        Admin admin;
        try {
            admin = Admin.create(properties);
        } catch (KafkaException e) {
            if (rootMessage(e).contains("JAAS")) {
                // Without what Kafka says and its cause: they repeat parts of the text, be it of a password.
                throw new IntakeException("kafka.properties.sasl.jaas.config (DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG)"
                        + " cannot be read: it must be Class required name=\"value\" …; with the semicolon, and \\\" for"
                        + " a quotation mark in a value");
            }
            throw new IntakeException(
                    "No Kafka client can be made for " + kafka.bootstrapServers() + " (" + SERVERS
                            + ", kafka.properties.*): " + rootMessage(e),
                    e);
        }
        try {
            admin.describeCluster().clusterId().get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            return new ClusterAdmin(admin);
        } catch (TimeoutException | ExecutionException e) {
            admin.close(Duration.ZERO);
            throw unreachable(kafka, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            admin.close(Duration.ZERO);
            throw new IntakeException("Interrupted while connecting to Kafka", e);
        }
    }

    private static IntakeException unreachable(KafkaConfig kafka, Exception cause) {
        Optional<TlsFailure> tls = TlsFailure.of(cause);
        if (tls.isPresent()) {
            return new IntakeException(
                    "No connection to Kafka at " + kafka.bootstrapServers() + ": "
                            + tls.get().reason() + ". "
                            + remedy(tls.get().fault()),
                    cause);
        }
        if (cause.getCause() instanceof AuthenticationException refused) {
            return new IntakeException(
                    "Kafka at " + kafka.bootstrapServers()
                            + " refused the credentials (kafka.properties.*, DARKROOM_KAFKA_PROPERTY_*): "
                            + refused.getMessage(),
                    cause);
        }
        return new IntakeException(
                "Kafka does not answer at " + kafka.bootstrapServers() + ". Is it running there? The setting is "
                        + SERVERS + "; where it is, does it speak " + kafka.protocol()
                        + "? That setting is kafka.properties.security.protocol",
                cause);
    }

    private static String remedy(TlsFailure.Fault fault) {
        return switch (fault) {
            case AUTHORITY -> "The settings are kafka.properties.ssl.truststore.*";
            case NAME -> "The name is one of " + SERVERS + ", or one that the brokers advertise";
            case DATE -> "It has to be renewed at the broker";
            case CLIENT -> "This client's certificate is that of kafka.properties.ssl.keystore.*";
            case PROTOCOL -> "Does that port speak TLS? The setting is kafka.properties.security.protocol";
        };
    }

    /**
     * Asks, and waits for the answer. A topic that a broker does not know yet is asked for again: right after its
     * creation not every broker has heard of it.
     *
     * @param what completes "Cannot …" in the message
     */
    <T> T await(Function<Admin, KafkaFuture<T>> question, String what) throws IntakeException {
        long deadline = System.nanoTime() + PROPAGATION.toNanos();
        while (true) {
            try {
                return question.apply(admin).get(CALL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (!(cause instanceof UnknownTopicOrPartitionException) || System.nanoTime() - deadline > 0) {
                    throw new IntakeException("Cannot " + what + ": " + cause.getMessage(), cause);
                }
                pause(what);
            } catch (TimeoutException e) {
                throw new IntakeException("Cannot " + what + ": Kafka did not answer within " + CALL_TIMEOUT, e);
            } catch (InterruptedException e) {
                throw interrupted(what, e);
            }
        }
    }

    private static void pause(String what) throws IntakeException {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
            throw interrupted(what, e);
        }
    }

    private static IntakeException interrupted(String what, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new IntakeException("Interrupted: cannot " + what, cause);
    }

    /** The same, and says whether the answer came; the error {@code expected} counts as none. */
    <T> boolean awaitUnless(Function<Admin, KafkaFuture<T>> question, String what, Class<? extends Throwable> expected)
            throws IntakeException {
        try {
            await(question, what);
            return true;
        } catch (IntakeException e) {
            if (expected.isInstance(e.getCause())) {
                return false;
            }
            throw e;
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(5));
    }
}
