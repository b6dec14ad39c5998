package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallTimesTest {
    /** Milliseconds of calls of 1, 2, 4 and 8 rows. */
    @ParameterizedTest
    @CsvSource({
        "10, 10, 10, 10, 8", // all rows for the price of one
        "10, 14, 20, 40, 4", // saturated from 4 on
        "10, 20, 40, 80, 1", // saturated by one
        "10, 18.7, 37.4, 74.8, 1", // less than 8 % better is not worth the wait
        "10, 18, 36, 72, 2",
        "10, 25, 24, 44, 8", // a dent on the way
        "10, 14, 20, 80, 4", // worse beyond
    })
    void theFewestRowsThatAreNearlyAsGoodAsTheBest(double one, double two, double four, double eight, int useful) {
        assertThat(times(Map.of(1, one, 2, two, 4, four, 8, eight)).usefulRows())
                .isEqualTo(useful);
    }

    @ParameterizedTest
    @CsvSource({"512, 512, 4", "256, 512, 8", "64, 64, 256", "1024, 512, 2", "768, 768, 1", "2048, 2048, 1"})
    void otherSizesHaveAsManyPixels(int width, int height, int useful) {
        assertThat(times(Map.of(1, 10.0, 2, 14.0, 4, 20.0, 8, 40.0)).usefulRows(width, height))
                .isEqualTo(useful);
    }

    @Test
    void withoutACallThereIsNothingToChoose() {
        assertThatThrownBy(() -> times(Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("512");
        assertThat(times(Map.of(1, 10.0)).usefulRows()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 512, 10", "2, 512, 14", "3, 512, 17", "4, 512, 20", "6, 512, 30", "1, 1024, 40", "2, 256, 3.5"})
    void callsThatNobodyTimedLieBetweenThoseThatWereTimed(int rows, int side, double milliseconds) {
        assertThat(times(Map.of(1, 10.0, 2, 14.0, 4, 20.0)).expected(rows, side, side))
                .isEqualTo(Duration.ofNanos((long) (milliseconds * 1e6)));
        assertThat(times(Map.of(2, 14.0)).expected(1, 512, 512)).isEqualTo(Duration.ofMillis(7));
    }

    @Test
    void aPersonCanReadThem() {
        assertThat(times(Map.of(1, 10.0, 2, 14.24))).hasToString("1 rows 10.0 ms, 2 rows 14.2 ms");
    }

    private static CallTimes times(Map<Integer, Double> milliseconds) {
        TreeMap<Integer, Duration> byRows = new TreeMap<>();
        milliseconds.forEach((rows, time) -> byRows.put(rows, Duration.ofNanos((long) (time * 1e6))));
        return new CallTimes(512, byRows);
    }
}
