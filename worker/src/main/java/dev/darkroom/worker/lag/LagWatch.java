package dev.darkroom.worker.lag;

import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.IntakeException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every few seconds how much work a queue has, on a thread of its own. Nothing that is in the topics, or happens to
 * them or to the brokers, ends the thread: after a failure all is opened and read anew. What was learnt of the models stays.
 * Thread-safe.
 */
final class LagWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LagWatch.class);
    /** From one look to the next. */
    static final Duration INTERVAL = Duration.ofSeconds(5);

    private static final Duration LONGEST_END = Duration.ofSeconds(15);

    private final WorkerConfig config;
    private final InstantSource clock;
    private final Duration interval;
    private final StepTimes times;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "lag");
    private volatile LagStatus status = LagStatus.NOTHING;
    private int depth = QueueReader.MOST_RECORDS; // the thread's

    private LagWatch(WorkerConfig config, InstantSource clock, Duration interval) {
        this.config = config;
        this.clock = clock;
        this.interval = interval;
        this.times = new StepTimes(config.lag().stepTime(), config.models().defaultModel());
    }

    /**
     * Begins to look; whether that goes well shows in {@link #status}.
     *
     * @param interval from one look to the next
     */
    static LagWatch start(WorkerConfig config, InstantSource clock, Duration interval) {
        LagWatch watch = new LagWatch(config, clock, interval);
        watch.thread.start();
        return watch;
    }

    private void run() {
        while (!isClosing()) {
            try (QueueReader queue = QueueReader.open(config, clock, times, depth)) {
                read(queue);
            } catch (InterruptException e) {
                return; // nobody but the owner interrupts the thread, and only to end it
            } catch (IntakeException | KafkaException e) {
                failed(e, QueueReader.MOST_RECORDS);
            } catch (RuntimeException | OutOfMemoryError e) {
                // A record that does not fit, or is read wrongly, would end each try: those there are only counted.
                failed(e, 0);
            }
        }
    }

    private void failed(Throwable e, int nextDepth) {
        depth = nextDepth;
        status = new LagStatus(status.last(), Optional.of(String.valueOf(e.getMessage())), status.failures() + 1);
        LOG.warn("The queue cannot be read, which is tried again: {}", e.toString());
        LOG.debug("Cause", e);
        pause();
    }

    private void read(QueueReader queue) throws IntakeException {
        while (!isClosing() && !queue.hasChanged()) {
            status = new LagStatus(Optional.of(queue.read()), Optional.empty(), status.failures());
            pause();
        }
    }

    private void pause() {
        try {
            closing.await(interval.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** What is known now. */
    LagStatus status() {
        return status;
    }

    /** Whether it still looks. */
    boolean isAlive() {
        return thread.isAlive();
    }

    /** Ends within some 15 s, as a rule at once. Idempotent. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(LONGEST_END.toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(LONGEST_END.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
