package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads topics on a thread of its own until it is closed. Nothing that is in the topics, or happens to them or to the
 * brokers, ends the thread: after a failure they are opened and read anew.
 */
final class TopicFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicFollower.class);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);
    private static final Duration LONGEST_END = Duration.ofSeconds(10);

    private final String what;
    private final Supplier<TopicReader> topics;
    private final Consumer<TopicReader> reading;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final SeldomWarning failed = new SeldomWarning(LOG::warn, WARNING_INTERVAL, System::nanoTime);
    private volatile String lastFailure = "it is not known why";

    /**
     * Reads nothing before {@link #start}.
     *
     * @param what is read, at the beginning of a message
     * @param topics opens the topics
     * @param reading reads them until they have changed or {@link #isClosing}, on this follower's thread
     */
    TopicFollower(String threadName, String what, Supplier<TopicReader> topics, Consumer<TopicReader> reading) {
        this.what = what;
        this.topics = topics;
        this.reading = reading;
        this.thread = new Thread(this::run, threadName);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!isClosing()) {
            try (TopicReader topic = topics.get()) {
                reading.accept(topic);
            } catch (InterruptException e) {
                closing.countDown(); // nobody but the owner interrupts the thread, and only to end it
            } catch (RuntimeException | Error e) {
                lastFailure = e.toString();
                failed.warn(what + " cannot be read, which is tried again: " + lastFailure);
                LOG.debug("Cause", e);
                pause();
            }
        }
    }

    boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** Why reading failed, when it last did. */
    String lastFailure() {
        return lastFailure;
    }

    private void pause() {
        try {
            closing.await(RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            closing.countDown();
        }
    }

    /** Ends the thread and its connections. Idempotent. */
    @Override
    public void close() {
        closing.countDown();
        thread.interrupt();
        try {
            thread.join(LONGEST_END.toMillis());
            if (thread.isAlive()) {
                LOG.error("{}: the reader did not end within {}", what, LONGEST_END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
