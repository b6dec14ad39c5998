package dev.darkroom.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalsTest {
    @ParameterizedTest
    @CsvSource({
        "0.0, 0",
        "-0.0, 0",
        "1.0, 1",
        "7.5, 7.5",
        "0.1, 0.1",
        "0.30000000000000004, 0.30000000000000004",
        "30.0, 30",
        "100.0, 100",
        "2.0E-3, 0.002",
        // Double.toString of JDK 17 gives one digit more.
        "2.2E-322, 2.2E-322",
        "1.0E23, 100000000000000000000000",
    })
    void hasTheFewestDigits(double value, String decimal) {
        assertThat(Decimals.shortest(value)).isEqualByComparingTo(decimal);
        assertThat(Decimals.shortest(value).precision()).isLessThanOrEqualTo(17);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void readsBackAsTheSameDouble(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            double value = round % 2 == 0 ? random.nextDouble() * 30 : Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                assertThat(Decimals.shortest(value).doubleValue())
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(value);
            }
        }
    }
}
