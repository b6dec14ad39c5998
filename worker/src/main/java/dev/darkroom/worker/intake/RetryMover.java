package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings jobs whose wait is over from the retry topic back to the topic that they came from. Every worker has one; a
 * consumer group shares out the partitions among them.
 *
 * <p>At least once: whoever dies between a move and its commit leaves records that are moved again, which is harmless, for
 * a job that comes twice has one outcome all the same. Whatever happens, the mover goes on; the jobs wait meanwhile.
 *
 * <p>Thread-safe.
 */
public final class RetryMover implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RetryMover.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final int LONGEST_PAUSE = 30; // in first pauses

    /** A session whose group waits for a dead member takes all of its time to close, and is not to be disturbed in it. */
    private static final Duration PATIENT_END = MoveSession.CLOSE_TIMEOUT.plusSeconds(5);

    private static final Duration FORCED_END = Duration.ofSeconds(10);

    private final KafkaConfig kafka;
    private final String clientId;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "retry-mover");

    private int failures; // since the last success; the thread's

    private RetryMover(KafkaConfig kafka, String clientId, InstantSource clock) {
        this.kafka = kafka;
        this.clientId = clientId + "-retry";
        this.clock = clock;
    }

    /**
     * Begins to move.
     *
     * @param clientId names the mover's clients at the broker
     * @param clock says when a job's wait is over
     */
    public static RetryMover start(KafkaConfig kafka, String clientId, InstantSource clock) {
        RetryMover mover = new RetryMover(kafka, clientId, clock);
        mover.thread.start();
        return mover;
    }

    /** A session that failed is replaced by one that starts from what was committed. */
    private void run() {
        while (!isClosing()) {
            try (MoveSession session = new MoveSession(kafka, clientId, clock)) {
                while (!isClosing()) {
                    session.step();
                    failures = 0;
                }
            } catch (InterruptException e) {
                // Only close interrupts. The flag is set again, so that what is left ends at once.
                return;
            } catch (IntakeException | RuntimeException | Error e) {
                failures++;
                LOG.warn(
                        "Moving jobs back from {} is tried again: {}",
                        kafka.topics().retry(),
                        e.toString());
                LOG.debug("Cause", e);
                pause();
            }
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void pause() {
        try {
            Duration pause = FIRST_PAUSE.multipliedBy(Math.min(failures, LONGEST_PAUSE));
            closing.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends within 20 s, as a rule at once, and leaves the group: another worker moves what still waits. Idempotent. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(PATIENT_END.toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(FORCED_END.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
