package dev.darkroom.worker.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "0B, 0",
        "1B, 1",
        "500MB, 500000000",
        "50 GB, 50000000000",
        "1GiB, 1073741824",
        "3kB, 3000",
        "3KiB, 3072",
        "2TiB, 2199023255552",
        "8388607TiB, 9223370937343148032"
    })
    void aSizeIsReadAndWritten(String text, long bytes) {
        ByteSize size = ByteSize.parse(text).orElseThrow();
        assertThat(size.bytes()).isEqualTo(bytes);
        assertThat(ByteSize.parse(size.toString())).contains(size);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "12", "GB", "-1GB", "1.5GB", "1gb", "1PB", "1 000MB", "8388608TiB", "9999999999999999999B"})
    void everythingElseIsNone(String text) {
        assertThat(ByteSize.parse(text)).isEmpty();
    }
}
