package dev.darkroom.worker.intake;

import dev.darkroom.job.InvalidCancelRequestException;
import dev.darkroom.json.CancelCodec;
import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the cancel requests of the control topic to this worker, all of them, on a thread of its own. Nothing that is in
 * the topic, or happens to it or to the brokers, ends the thread: what cannot be read as a request is passed over with a
 * warning, and after a failure the topic is read from its beginning again, which changes nothing that is known.
 */
public final class ControlReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlReader.class);

    private static final Duration TOPIC_CHECK = Duration.ofSeconds(10);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);
    private static final Duration LONGEST_END = Duration.ofSeconds(10);

    private final Supplier<ControlTopic> topics;
    private final String name;
    private final CancelRequests requests;
    private final Thread thread = new Thread(this::run, "control");
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final SeldomWarning skipped = new SeldomWarning(LOG::warn, WARNING_INTERVAL, System::nanoTime);
    private final SeldomWarning failed = new SeldomWarning(LOG::warn, WARNING_INTERVAL, System::nanoTime);
    private volatile String lastFailure = "it is not known why";

    private ControlReader(String name, Supplier<ControlTopic> topics, CancelRequests requests) {
        this.name = name;
        this.topics = topics;
        this.requests = requests;
    }

    /** Starts to read; whether that goes well shows in {@link #awaitReady}. */
    public static ControlReader start(KafkaConfig kafka, String clientId, CancelRequests requests) {
        return start(kafka, clientId, requests, TOPIC_CHECK);
    }

    /** The same with another interval for noticing a topic that has got partitions or was made anew. */
    static ControlReader start(KafkaConfig kafka, String clientId, CancelRequests requests, Duration topicCheck) {
        ControlReader reader = new ControlReader(
                kafka.topics().control(), () -> ControlTopic.open(kafka, clientId, topicCheck), requests);
        reader.thread.start();
        return reader;
    }

    /**
     * Waits until every request that was in the topic at the start is known: no job may be taken before.
     *
     * @throws IntakeException when that takes longer than the limit
     */
    public void awaitReady(Duration limit) throws IntakeException {
        try {
            ready.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IntakeException("The cancel requests in " + name + " (setting kafka.topics.control) could not be"
                    + " read within " + limit + ": " + lastFailure);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IntakeException("Interrupted while cancel requests were read", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("To be ready does not fail", e);
        }
    }

    private void run() {
        while (!isClosing()) {
            try (ControlTopic topic = topics.get()) {
                read(topic);
            } catch (InterruptException e) {
                closing.countDown(); // nobody but the owner interrupts the thread, and only to end it
            } catch (RuntimeException | Error e) {
                lastFailure = e.toString();
                failed.warn("Cancel requests in " + name + " cannot be read, which is tried again: " + lastFailure);
                LOG.debug("Cause", e);
                pause();
            }
        }
    }

    /** An old request that was taken back later in the topic must cancel nothing when it is read another time. */
    private void read(ControlTopic topic) {
        CancelRequests old = new CancelRequests();
        boolean caughtUp = false;
        while (!isClosing() && !topic.hasChanged()) {
            for (ConsumerRecord<byte[], byte[]> record : topic.poll()) {
                take(record, caughtUp ? requests : old);
            }
            if (!caughtUp && topic.isCaughtUp()) {
                caughtUp = true;
                old.all().forEach(requests::add);
                old = new CancelRequests();
                ready.complete(null);
            }
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record, CancelRequests into) {
        try {
            if (record.value() == null) {
                String jobId = CancelCodec.jobId(record.key());
                into.takeBack(jobId);
                requests.takeBack(jobId);
            } else {
                into.add(CancelCodec.decode(record.key(), record.value()));
            }
        } catch (InvalidCancelRequestException e) {
            String position = record.topic() + "-" + record.partition() + "@" + record.offset();
            skipped.warn("No cancel request at " + position + ", passed over: " + e.getMessage());
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void pause() {
        try {
            closing.await(RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            closing.countDown();
        }
    }

    /** Ends the thread and its connections; what it brought stays. */
    @Override
    public void close() {
        closing.countDown();
        thread.interrupt();
        try {
            thread.join(LONGEST_END.toMillis());
            if (thread.isAlive()) {
                LOG.error("The reader of {} did not end within {}", name, LONGEST_END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
