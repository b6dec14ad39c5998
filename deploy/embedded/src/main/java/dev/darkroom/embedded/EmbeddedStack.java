package dev.darkroom.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker and an S3 server with the bucket {@value #BUCKET}, together in this JVM, on the loopback address.
 * Without a directory of its own ({@link Builder#data}) it lives in a temporary one that goes with it. Safe for use by
 * several threads.
 */
public final class EmbeddedStack implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedStack.class);

    /** The bucket that is there from the start. */
    public static final String BUCKET = "darkroom";

    private final EmbeddedKafka kafka;
    private final EmbeddedS3 s3;
    private final Deque<AutoCloseable> owned;
    private final ReentrantLock closing = new ReentrantLock();

    private EmbeddedStack(EmbeddedKafka kafka, EmbeddedS3 s3, Deque<AutoCloseable> owned) {
        this.kafka = kafka;
        this.s3 = s3;
        this.owned = owned;
    }

    /** Starts a stack on free ports, its data in a temporary directory. */
    public static EmbeddedStack start() throws IOException {
        return builder().start();
    }

    public static Builder builder() {
        return new Builder();
    }

    public EmbeddedKafka kafka() {
        return kafka;
    }

    public EmbeddedS3 s3() {
        return s3;
    }

    /** The settings that point a worker at this stack, by the names of its environment variables, in a fixed order. */
    public Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("DARKROOM_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        environment.put("DARKROOM_S3_ENDPOINT", s3.endpoint());
        environment.put("DARKROOM_S3_ACCESS_KEY", EmbeddedS3.ACCESS_KEY);
        environment.put("DARKROOM_S3_SECRET_KEY", EmbeddedS3.SECRET_KEY);
        environment.put("DARKROOM_S3_BUCKET", BUCKET);
        return Collections.unmodifiableMap(environment);
    }

    /**
     * Stops both servers and removes a temporary directory. Returns when that is done, by whomever; a second call does
     * nothing.
     */
    @Override
    public void close() throws IOException {
        closing.lock();
        try {
            Optional<IOException> failure = closeAll(owned);
            if (failure.isPresent()) {
                throw failure.get();
            }
        } finally {
            closing.unlock();
        }
    }

    /** Closes all, the last one first, even if one fails: the first failure, with the others suppressed. */
    private static Optional<IOException> closeAll(Deque<AutoCloseable> owned) {
        Optional<IOException> failure = Optional.empty();
        for (AutoCloseable next = owned.pollLast(); next != null; next = owned.pollLast()) {
            try {
                next.close();
            } catch (Exception e) {
                failure.ifPresent(first -> first.addSuppressed(e));
                failure = failure.or(() -> Optional.of(new IOException("The embedded stack did not stop cleanly", e)));
            }
        }
        return failure;
    }

    /** What a stack is started with; every part has a default. Not for use by several threads. */
    public static final class Builder {
        private Optional<Path> data = Optional.empty();
        private int kafkaPort;
        private int s3Port;
        private final Map<String, String> brokerSettings = new HashMap<>();

        private Builder() {}

        /** Keeps the data in this directory: a later stack there continues with the topics and objects of this one. */
        public Builder data(Path directory) {
            data = Optional.of(directory);
            return this;
        }

        /** The broker's port, 0 (the default) for a free one. */
        public Builder kafkaPort(int port) {
            kafkaPort = port;
            return this;
        }

        /** The S3 server's port, 0 (the default) for a free one. */
        public Builder s3Port(int port) {
            s3Port = port;
            return this;
        }

        /** A broker setting that replaces the default, e.g. {@code group.share.min.record.lock.duration.ms}. */
        public Builder brokerSetting(String name, String value) {
            brokerSettings.put(name, value);
            return this;
        }

        /**
         * Starts both servers and waits until they serve.
         *
         * @throws java.net.BindException if a given port is taken
         * @throws IOException if a server cannot start; nothing is left running then
         */
        public EmbeddedStack start() throws IOException {
            Deque<AutoCloseable> owned = new ArrayDeque<>();
            try {
                return start(owned);
            } catch (IOException | RuntimeException e) {
                closeAll(owned).ifPresent(e::addSuppressed);
                throw e;
            }
        }

        private EmbeddedStack start(Deque<AutoCloseable> owned) throws IOException {
            Ports.requireFree(kafkaPort, "Kafka");
            Ports.requireFree(s3Port, "S3");
            Path directory = data.isPresent() ? created(data.get()) : temporary(owned);
            // Here, because two threads that log their first lines at once make SLF4J print warnings of its own.
            log.debug("Starting in {}", directory);
            // Each spends its start loading classes, so the two together take little longer than the broker alone.
            CompletableFuture<EmbeddedS3> starting = CompletableFuture.supplyAsync(
                    () -> startS3(directory.resolve("s3")), task -> new Thread(task, "embedded-s3-start").start());
            try {
                EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"), kafkaPort, brokerSettings);
                owned.add(kafka);
                EmbeddedS3 s3 = starting.join();
                return new EmbeddedStack(kafka, s3, owned);
            } catch (CompletionException e) {
                throw e.getCause() instanceof UncheckedIOException io ? io.getCause() : new IOException(e.getCause());
            } finally {
                // Also when the broker failed: what is still starting has to be stopped too.
                starting.handle((s3, failure) -> s3 == null || owned.add(s3)).join();
            }
        }

        private EmbeddedS3 startS3(Path directory) {
            try {
                EmbeddedS3 s3 = EmbeddedS3.start(directory, s3Port);
                s3.createBucket(BUCKET);
                return s3;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Path created(Path directory) throws IOException {
            try {
                return Files.createDirectories(directory);
            } catch (IOException e) {
                throw new IOException("The data directory cannot be created: " + directory, e);
            }
        }

        private static Path temporary(Deque<AutoCloseable> owned) throws IOException {
            TemporaryDirectory directory = TemporaryDirectory.create("darkroom-");
            owned.add(directory);
            return directory.path();
        }
    }
}
