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
        assertRemembered("cat");
        assertRemembered("c".repeat(32));
        assertForgotten("c".repeat(33));
    }

    @Test
    void onlySoManyWordsAreRemembered() {
        for (int word = 0; word < 4095; word++) {
            pairs.encode("word" + word);
        }
        assertRemembered("last");
        assertForgotten("more");
        assertRemembered("word0");
    }

    private void assertRemembered(String word) {
        assertThat(pairs.encode(word)).isSameAs(pairs.encode(word));
    }

    private void assertForgotten(String word) {
        assertThat(pairs.encode(word)).isEqualTo(pairs.encode(word)).isNotSameAs(pairs.encode(word));
    }
}
