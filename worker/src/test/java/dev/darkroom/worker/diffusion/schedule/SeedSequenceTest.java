package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against numpy 2's {@code SeedSequence(entropy, spawn_key=..., pool_size=24).generate_state(1)}. */
class SeedSequenceTest {
    @ParameterizedTest
    @CsvSource({"0,4025752534", "7,1376543887", "123456789012345,185858305"})
    void ofASeed(long entropy, long expected) {
        assertThat(SeedSequence.of(entropy).first()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,0,245430115",
        "7,5,3,1167487741",
        "123456789012345,9000000,24,4097131455",
        "8,8589934593,40,1295590491"
    })
    void ofASeedAndAPlace(long entropy, long key, long depth, long expected) {
        assertThat(SeedSequence.of(entropy, key, depth).first()).isEqualTo(expected);
    }
}
