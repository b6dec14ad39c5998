package dev.darkroom.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArrivalsTest {
    @Test
    void allComeAtOnce() {
        assertThat(Arrivals.parse("all").times(3, new Random(1)))
                .containsExactly(Duration.ZERO, Duration.ZERO, Duration.ZERO);
    }

    @Test
    void aPoissonProcessHasItsRateAndSpread() {
        int jobs = 20_000;
        List<Duration> times = Arrivals.parse("poisson:4").times(jobs, new Random(7));

        double[] gaps = new double[jobs];
        for (int i = 0; i < jobs; i++) {
            Duration before = i == 0 ? Duration.ZERO : times.get(i - 1);
            gaps[i] = times.get(i).minus(before).toNanos() / 1e9;
        }
        double mean = mean(gaps);
        double[] squares = new double[jobs];
        for (int i = 0; i < jobs; i++) {
            squares[i] = (gaps[i] - mean) * (gaps[i] - mean);
        }
        assertThat(times).isSorted();
        assertThat(mean).isCloseTo(0.25, within(0.01));
        assertThat(Math.sqrt(mean(squares))).as("as large as the mean").isCloseTo(0.25, within(0.01));
    }

    private static double mean(double... numbers) {
        double sum = 0;
        for (double number : numbers) {
            sum += number;
        }
        return sum / numbers.length;
    }

    @Test
    void theSameSeedGivesTheSameTimes() {
        Arrivals arrivals = Arrivals.parse("poisson:2.5");

        assertThat(arrivals.times(50, new Random(3)))
                .isEqualTo(arrivals.times(50, new Random(3)))
                .isNotEqualTo(arrivals.times(50, new Random(4)));
    }

    @ParameterizedTest
    @CsvSource({
        "often, neither all nor poisson:R",
        "'', neither all nor poisson:R",
        "poisson, neither all nor poisson:R",
        "poisson:, not a number of jobs per second",
        "poisson:fast, \"fast\" is not a number of jobs per second",
        "poisson:0, not 0.0",
        "poisson:-1, not -1.0",
        "poisson:NaN, not NaN",
        "poisson:Infinity, not Infinity",
        "poisson:1e-9, 0.000001 to 1000000"
    })
    void whatIsNeitherIsRefusedWithWhatItShouldBe(String text, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Arrivals.parse(text))
                .withMessageContaining(message);
    }

    @Test
    void aLabelIsReadBack() {
        for (String label : List.of("all", "poisson:0.25")) {
            assertThat(Arrivals.parse(label).label()).isEqualTo(label);
        }
    }
}
