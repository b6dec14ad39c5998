package dev.darkroom.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuidanceIntervalTest {
    /** As {@code int(start * steps) <= step < int(stop * steps)} in Python. */
    @ParameterizedTest
    @CsvSource({
        "0, 1, 10, 0, 10",
        "0.2, 0.8, 10, 2, 8",
        "0.25, 0.75, 10, 2, 7",
        "0, 0.05, 10, 0, 0",
        "0.29, 1, 100, 28, 100",
        "0.99, 1, 1, 0, 1",
        "0, 0.99, 1, 0, 0"
    })
    void roundsBothEndsDown(double start, double end, int steps, int first, int behindLast) {
        GuidanceInterval interval = new GuidanceInterval(start, end);
        List<Integer> guided = IntStream.range(0, steps)
                .filter(step -> interval.contains(step, steps))
                .boxed()
                .toList();
        assertThat(guided).isEqualTo(IntStream.range(first, behindLast).boxed().toList());
    }
}
