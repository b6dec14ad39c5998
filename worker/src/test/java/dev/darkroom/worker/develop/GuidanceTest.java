package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GuidanceTest {
    private static final Offset<Float> ROUNDING = within(1e-6f);

    @Test
    void goesFromTheNegativePromptPastThePrompt() {
        float[] guided = Guidance.guide(new float[] {1, -2, 0}, new float[] {2, 0, 0.5f}, 4);

        assertThat(guided).containsExactly(5, 6, 2);
    }

    /** Standard deviations (n - 1): prompt 1, guided 2. */
    @Test
    void rescalingPullsTheSpreadTowardsThePrompts() {
        float[] prompt = {-1, 0, 1};
        float[] half = {-2, 0, 2};
        float[] whole = {-2, 0, 2};

        Guidance.rescale(half, prompt, 0.5);
        Guidance.rescale(whole, prompt, 1);

        assertThat(half).containsExactly(new float[] {-1.5f, 0, 1.5f}, ROUNDING);
        assertThat(whole).containsExactly(prompt, ROUNDING);
    }
}
