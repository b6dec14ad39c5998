package dev.darkroom.worker.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PhiloxNoiseTest {
    /** What {@code torch.randn(12, device="cuda")} gives after {@code manual_seed(0)}, in float32 on the card. */
    private static final double[] CARD = {
        -0.92466259,
        -0.42534415,
        -2.6438457,
        0.14518388,
        -0.12086647,
        -0.57972564,
        -0.62285122,
        -0.32838709,
        -1.07454231,
        -0.36314407,
        -1.67105067,
        2.26550497
    };

    @Test
    void itIsTheNoiseOfTheCardButForTheLastBits() {
        float[] values = new PhiloxNoise(0).randn(CARD.length);
        for (int i = 0; i < CARD.length; i++) {
            assertThat((double) values[i]).isCloseTo(CARD[i], within(5e-7));
        }
    }

    @Test
    void aLongerDrawBeginsLikeAShorterOne() {
        assertThat(new PhiloxNoise(3).randn(100)).startsWith(new PhiloxNoise(3).randn(7));
    }

    @Test
    void successiveDrawsContinueTheGenerator() {
        PhiloxNoise noise = new PhiloxNoise(4);
        float[] first = noise.randn(16);
        float[] second = noise.randn(16);
        assertThat(second).isNotEqualTo(first);
        PhiloxNoise again = new PhiloxNoise(4);
        assertThat(again.randn(16)).isEqualTo(first);
        assertThat(again.randn(16)).isEqualTo(second);
    }

    @Test
    void aSkippedDrawIsAsGoodAsATakenOne() {
        PhiloxNoise taken = new PhiloxNoise(5);
        PhiloxNoise skipped = new PhiloxNoise(5);
        taken.randn(16);
        skipped.skip();
        assertThat(skipped.randn(16)).isEqualTo(taken.randn(16));
    }

    @Test
    void allBitsOfTheSeedMatter() {
        assertThat(new PhiloxNoise(1L << 32).randn(4)).isNotEqualTo(new PhiloxNoise(0).randn(4));
        assertThat(new PhiloxNoise(1).randn(4)).isNotEqualTo(new PhiloxNoise(0).randn(4));
    }

    @Test
    void theValuesAreNormal() {
        float[] values = new PhiloxNoise(42).randn(100_000);
        double sum = 0;
        double squares = 0;
        int far = 0;
        for (float value : values) {
            sum += value;
            squares += (double) value * value;
            far += Math.abs(value) > 1.959964 ? 1 : 0;
        }
        assertThat(sum / values.length).isBetween(-0.01, 0.01);
        assertThat(squares / values.length).isBetween(0.98, 1.02);
        assertThat((double) far / values.length).isBetween(0.048, 0.052);
    }

    @Test
    void aNegativeNumberOfValuesIsRefused() {
        assertThat(new PhiloxNoise(0).randn(0)).isEmpty();
        assertThatThrownBy(() -> new PhiloxNoise(0).randn(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}
