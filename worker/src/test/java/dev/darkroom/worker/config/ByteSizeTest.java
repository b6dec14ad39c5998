package dev.darkroom.worker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "0B, 0",
        "7B, 7",
        "500MB, 500000000",
        "12GB, 12000000000",
        "1 GiB, 1073741824",
        "3kB, 3000",
        "3KiB, 3072",
        "2TB, 2000000000000",
        "' 1TiB ', 1099511627776",
        "9223372036854775B, 9223372036854775",
    })
    void anAmountAndItsUnitAreRead(String text, long bytes) {
        assertThat(ByteSize.parse(text)).contains(new ByteSize(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "12",
                "GB",
                "-1GB",
                "1.5GB",
                "1gb",
                "1GBs",
                "1 000MB",
                "9223372036854775807B",
                "99999999TB",
                "1  GB"
            })
    void anythingElseIsNot(String text) {
        assertThat(ByteSize.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 999, 1000, 1024, 1_500_000, 12_000_000_000L, 1L << 34, Long.MAX_VALUE / 1000 * 1000})
    void itsTextIsReadBack(long bytes) {
        assertThat(ByteSize.parse(new ByteSize(bytes).toString())).contains(new ByteSize(bytes));
    }

    @Test
    void itHasNoSign() {
        assertThatThrownBy(() -> new ByteSize(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}
