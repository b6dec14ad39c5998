package dev.darkroom.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectKeysTest {
    private static final String SHA256 = "0123456789abcdef".repeat(4);

    @Test
    void keysAreMadeOfPrefixJobAndHash() {
        ObjectKeys keys = ObjectKeys.of("pictures/today", "job-1", SHA256);

        assertThat(keys.image(0, "png")).isEqualTo("pictures/today/job-1/0123456789abcdef/0.png");
        assertThat(keys.image(15, "jpg")).isEqualTo("pictures/today/job-1/0123456789abcdef/15.jpg");
        assertThat(keys.manifest()).isEqualTo("pictures/today/job-1/0123456789abcdef/result.json");
    }

    @Test
    void whatIsUnfinishedLiesWhereNoJobCanBe() {
        ObjectKeys keys = ObjectKeys.of("pictures", "job-1", SHA256);

        assertThat(keys.checkpoint(2, 3)).isEqualTo("pictures/.unfinished/job-1/0123456789abcdef/checkpoint-2-3.bin");
        assertThat(ObjectKeys.of("", "job-1", SHA256).checkpoint(1, 1))
                .isEqualTo(".unfinished/job-1/0123456789abcdef/checkpoint-1-1.bin");
        assertThatThrownBy(() -> keys.checkpoint(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> keys.checkpoint(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anEmptyPrefixLeavesNoSlash() {
        assertThat(ObjectKeys.of("", "job-1", SHA256).manifest()).isEqualTo("job-1/0123456789abcdef/result.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../x", "a/b", "a b", ".hidden", "é"})
    void aJobIdCannotLeaveItsFolder(String id) {
        assertThatThrownBy(() -> ObjectKeys.of("pictures", id, SHA256)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0123456789ABCDEF", "0123456789abcde", "../3456789abcdef"})
    void aHashIsSixteenHexadecimalDigits(String hash) {
        assertThatThrownBy(() -> new ObjectKeys("pictures", "job", hash)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anImageIsPngOrJpg() {
        ObjectKeys keys = ObjectKeys.of("pictures", "job", SHA256);

        assertThatThrownBy(() -> keys.image(0, "exe")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> keys.image(-1, "png")).isInstanceOf(IllegalArgumentException.class);
    }
}
