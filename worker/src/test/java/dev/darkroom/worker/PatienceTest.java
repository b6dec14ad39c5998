package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.intake.RetrySchedule;
import dev.darkroom.worker.storage.Recovery;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PatienceTest {
    /** So slow that only something else than the time ends a wait. */
    private static final RetryPolicy SLOW = new RetryPolicy(
            new RetrySchedule(3, new SplittableRandom(1)), new SplittableRandom(1), Duration.ofHours(1));

    private final StopSignal handBack = new StopSignal();
    private final List<Recovery> waiting = new ArrayList<>();
    private final Patience patience = new Patience("jobs-0@1", SLOW, handBack, this::recovery);

    @Test
    void aBucketThatIsBackIsAskedAtOnceEvenIfItCameBackDuringTheRequest() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        String answer = patience.await(() -> {
            if (asked.incrementAndGet() > 1) {
                return "answer";
            }
            waiting.forEach(Recovery::tell);
            throw StorageException.retriable("away", new IOException("for a test"));
        });

        assertThat(answer).isEqualTo("answer");
        assertThat(asked).hasValue(2);
        assertThat(waiting).as("places that are not given back").isEmpty();
    }

    @Test
    void aHandBackEndsTheWait() {
        assertThatThrownBy(() -> patience.await(() -> {
                    handBack.raise();
                    throw StorageException.permanent("refused");
                }))
                .isInstanceOf(StoppedException.class);
        assertThat(waiting).isEmpty();
    }

    private Recovery recovery() {
        Recovery recovery = new Recovery(waiting::remove);
        waiting.add(recovery);
        return recovery;
    }
}
