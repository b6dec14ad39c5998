package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CatchUpTest {
    private static final Duration SOON = Duration.ofMillis(1);

    @Test
    void whatIsThereAlreadyIsNotWaitedFor() throws Exception {
        CatchUp catchUp = new CatchUp();
        catchUp.complete();
        assertThat(catchUp.await(Duration.ZERO, read -> {})).isTrue();
    }

    @Test
    void whatGoesOnIsWaitedForHoweverLongItTakes() throws Exception {
        CatchUp catchUp = new CatchUp();
        List<Long> told = new ArrayList<>();
        catchUp.read();
        boolean complete = catchUp.await(SOON, read -> {
            told.add(read);
            catchUp.read();
            if (read == 5) {
                catchUp.complete();
            }
        });
        assertThat(complete).isTrue();
        assertThat(told).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void whatDoesNotGoOnIsGivenUp() throws Exception {
        CatchUp catchUp = new CatchUp();
        catchUp.read();
        assertThat(catchUp.await(SOON, read -> {})).isFalse();
        assertThat(catchUp.records()).isEqualTo(1);
    }
}
