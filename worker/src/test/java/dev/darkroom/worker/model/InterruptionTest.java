package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptionTest {
    private final Interruption interruption = new Interruption();
    private final List<String> done = new ArrayList<>();

    @Test
    void everyActionRunsOnceBeItTooEarlyOrTooLate() {
        interruption.onRaise(() -> done.add("first"));
        interruption.onRaise(() -> done.add("second"));
        assertThat(interruption.isRaised()).isFalse();
        assertThat(done).isEmpty();

        interruption.raise();
        interruption.raise();
        assertThat(interruption.isRaised()).isTrue();
        assertThat(done).containsExactly("first", "second");

        interruption.onRaise(() -> done.add("late"));
        assertThat(done).containsExactly("first", "second", "late");
    }
}
