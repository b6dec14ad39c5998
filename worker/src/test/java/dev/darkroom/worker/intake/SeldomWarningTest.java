package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeldomWarningTest {
    private final List<String> log = new ArrayList<>();
    private long now = Long.MAX_VALUE - 5; // nanoTime may overflow

    private final SeldomWarning warning = new SeldomWarning(log::add, Duration.ofNanos(10), () -> now);

    @Test
    void isGivenOnceInAnIntervalWithTheNumberOfThoseLeftOut() {
        warning.warn("a");
        now += 9;
        warning.warn("b");
        warning.warn("c");
        now += 1;
        warning.warn("d");
        now += 10;
        warning.warn("e");

        assertThat(log).containsExactly("a", "d (and 2 such warnings before)", "e");
    }
}
