package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SampleBoundsTest {
    @Test
    void clippingKeepsWhatIsInRange() {
        float[] sample = {-3, -2, -0.5f, 0, 2, 5};
        SampleBounds.clip(sample, 2);
        assertThat(sample).containsExactly(-2, -2, -0.5f, 0, 2, 2);
    }

    /** Of 5 values the quantile at 0.75 is the fourth, at 0.875 halfway to the fifth, and at 1 the fifth. */
    @Test
    void theQuantileOfTheAbsoluteValuesBecomesOne() {
        assertThat(thresholded(0.75, 100)).containsExactly(1, -1, -0.25f, 0.5f, 0);
        assertThat(thresholded(0.875, 100)).containsExactly(4 / 6f, -1, -1 / 6f, 2 / 6f, 0);
        assertThat(thresholded(1, 100)).containsExactly(0.5f, -1, -0.125f, 0.25f, 0);
    }

    @Test
    void theBoundIsNoLessThanOneAndNoMoreThanTheGreatestAllowed() {
        assertThat(thresholded(0.1, 100)).containsExactly(1, -1, -1, 1, 0);
        assertThat(thresholded(1, 2)).containsExactly(1, -1, -0.5f, 1, 0);
    }

    private static float[] thresholded(double ratio, double maxValue) {
        float[] sample = {4, -8, -1, 2, 0};
        SampleBounds.threshold(sample, ratio, maxValue);
        return sample;
    }
}
