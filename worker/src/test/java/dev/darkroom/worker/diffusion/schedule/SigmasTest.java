package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SigmasTest {
    private static final float[] RISING = {0.5f, 1f, 2f, 4f};

    @Test
    void betweenWholeTimestepsSigmasAreLinear() {
        assertThat(Sigmas.interpolate(0, RISING)).isEqualTo(0.5);
        assertThat(Sigmas.interpolate(1.25, RISING)).isEqualTo(1.25);
        assertThat(Sigmas.interpolate(3, RISING)).isEqualTo(4);
    }

    @Test
    void theTimestepOfASigmaIsLinearInItsLogarithmAndStaysInRange() {
        float[] logs = Sigmas.logs(RISING);
        assertThat(Sigmas.timestep(1, logs)).isCloseTo(1, within(1e-6));
        assertThat(Sigmas.timestep(Math.sqrt(8), logs)).isCloseTo(2.5, within(1e-6));
        assertThat(Sigmas.timestep(100, logs)).isEqualTo(3);
        assertThat(Sigmas.timestep(0.01, logs)).isEqualTo(0);
        assertThat(Sigmas.timestep(0, logs)).isEqualTo(0);
    }

    /** Against a plain sum over the density; the substitution u = t^0.6 takes the pole at 0 away. */
    @Test
    void theBetaDistributionIsTheIntegralOfItsDensity() {
        for (double x : new double[] {0.001, 0.1, 0.3, 0.5}) {
            int slices = 200_000;
            double width = Math.pow(x, 0.6) / slices;
            double sum = 0;
            for (int i = 0; i < slices; i++) {
                double t = Math.pow((i + 0.5) * width, 1 / 0.6);
                sum += Math.pow(1 - t, -0.4) * width / 0.6;
            }
            double complete = 1.489192248812817 * 1.489192248812817 / 0.9181687423997607;
            assertThat(BetaDistribution.cumulative(x)).isCloseTo(sum / complete, within(1e-8));
        }
        assertThat(BetaDistribution.cumulative(0.5)).isCloseTo(0.5, within(1e-14));
    }

    @Test
    void theQuantileInvertsTheDistribution() {
        for (double share = 0.01; share < 1; share += 0.01) {
            assertThat(BetaDistribution.cumulative(BetaDistribution.quantile(share)))
                    .isCloseTo(share, within(1e-12));
        }
        assertThat(BetaDistribution.quantile(0)).isZero();
        assertThat(BetaDistribution.quantile(1)).isEqualTo(1);
    }
}
