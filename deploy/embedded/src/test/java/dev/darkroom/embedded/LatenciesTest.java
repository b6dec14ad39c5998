package dev.darkroom.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void percentilesAreSamples() {
        Latencies latencies = new Latencies();
        for (int ms = 100; ms >= 1; ms--) {
            latencies.add(Duration.ofMillis(ms));
        }
        assertThat(latencies.percentile(50)).isEqualTo(Duration.ofMillis(50));
        assertThat(latencies.percentile(95)).isEqualTo(Duration.ofMillis(95));
        assertThat(latencies.percentile(100)).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void aSingleSampleIsEveryPercentile() {
        Latencies latencies = new Latencies();
        latencies.add(Duration.ofMillis(7));
        assertThat(latencies.summary()).isEqualTo("7 / 7 ms");
    }

    @Test
    void nothingHasNoPercentiles() {
        assertThatIllegalStateException().isThrownBy(() -> new Latencies().percentile(50));
    }
}
