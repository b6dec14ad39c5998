package dev.darkroom.worker.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is remembered of words: prompts come from outside, so it must not grow with them. */
class BytePairsTest {
    private static final List<String> MERGES = ClipVocabulary.merges();

    private final BytePairs pairs = new BytePairs(ClipVocabulary.tokens(MERGES), MERGES);

    @Test
    void shortWordsAreRememberedAndLongOnesAreNot() {
        assertThat(isRemembered("cat")).isTrue();
        assertThat(isRemembered("c".repeat(32))).isTrue();
        assertThat(isRemembered("c".repeat(33))).isFalse();
    }

    @Test
    void onlySoManyWordsAreRemembered() {
        for (int word = 0; word < 4095; word++) {
            pairs.encode("word" + word);
        }
        assertThat(pairs.encode("last")).isSameAs(pairs.encode("last"));
        assertThat(pairs.encode("more")).isEqualTo(pairs.encode("more")).isNotSameAs(pairs.encode("more"));
        assertThat(pairs.encode("word0")).isSameAs(pairs.encode("word0"));
    }
}
