package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.diffusion.text.TokenRows;
import org.junit.jupiter.api.Test;

class EmphasisTest {
    @Test
    void statesAreWeighedAndEachRowKeepsItsMean() {
        float[] states = {1, 3, 5, 7, 2, 2, 2, 2};
        Emphasis.apply(new Tensor(states, 2, 2, 2), new TokenRows(new int[2][2], new float[][] {{1, 2}, {1, 3}}));

        // Weighed 1 3 10 14: its mean is 7, and was 4. The second row: 2 2 6 6, mean 4, was 2.
        float[] expected = {4 / 7f, 12 / 7f, 40 / 7f, 8, 1, 1, 3, 3};
        for (int i = 0; i < expected.length; i++) {
            assertThat(states[i]).isCloseTo(expected[i], within(1e-6f));
        }
    }

    @Test
    void withoutWeightsNotABitChanges() {
        float[] states = {0.1f, 0.7f, -0.3f, 0.9f};
        float[] before = states.clone();
        Emphasis.apply(new Tensor(states, 1, 2, 2), new TokenRows(new int[1][2], new float[][] {{1, 1}}));
        assertThat(states).containsExactly(before);
    }
}
