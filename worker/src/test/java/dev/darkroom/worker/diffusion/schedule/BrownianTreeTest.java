package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BrownianTreeTest {
    private static final int SIZE = 4096;
    private static final double START = 0.0292;
    private static final double END = 14.6146;

    private static BrownianTree tree(long seed) {
        return new BrownianTree(new TorchNoise(1), seed, START, END, SIZE);
    }

    @Test
    void partsAddUpToTheWhole() {
        BrownianTree tree = tree(7);
        float[] first = tree.increment(START, 1.5).clone();
        float[] second = tree.increment(1.5, 3.25).clone();
        float[] third = tree.increment(3.25, END).clone();
        float[] whole = tree.increment(START, END).clone();
        for (int i = 0; i < SIZE; i++) {
            assertThat(first[i] + second[i] + third[i]).isCloseTo(whole[i], within(2e-5f));
        }
    }

    @Test
    void itDoesNotMatterInWhichOrderOneAsks() {
        BrownianTree forwards = tree(8);
        BrownianTree backwards = tree(8);
        float[] early = forwards.increment(0.1, 0.2).clone();
        for (double time = 1; time < 14; time += 0.1) {
            forwards.increment(time, time + 0.1); // more than are kept
        }
        float[] late = backwards.increment(9.1, 11.7).clone();
        assertThat(backwards.increment(0.1, 0.2)).isEqualTo(early);
        assertThat(forwards.increment(9.1, 11.7)).isEqualTo(late);
        assertThat(forwards.increment(0.1, 0.2)).isEqualTo(early);
    }

    @Test
    void theVarianceIsTheTimeThatPasses() {
        for (double length : new double[] {0.001, 0.3, 2, 10}) {
            float[] motion = tree(9).increment(2, 2 + length);
            double squares = 0;
            for (float value : motion) {
                squares += (double) value * value;
            }
            assertThat(squares / SIZE).isBetween(0.9 * length, 1.1 * length);
        }
    }

    @Test
    void stretchesThatDoNotOverlapAreIndependent() {
        BrownianTree tree = tree(10);
        float[] first = tree.increment(1, 2).clone();
        float[] second = tree.increment(2, 3).clone();
        double products = 0;
        for (int i = 0; i < SIZE; i++) {
            products += (double) first[i] * second[i];
        }
        assertThat(products / SIZE).isBetween(-0.06, 0.06);
    }

    @Test
    void nothingHappensOutsideOrInNoTime() {
        BrownianTree tree = tree(11);
        assertThat(tree.increment(3, 3)).containsOnly(0f);
        assertThat(tree.increment(0, END + 1).clone()).isEqualTo(tree.increment(START, END));
        assertThat(tree.increment(3, 3.0000001)).containsOnly(0f);
    }

    @Test
    void thePicturesOwnGeneratorIsLeftAlone() {
        TorchNoise noise = new TorchNoise(1);
        new BrownianTree(noise, 3, START, END, SIZE).increment(1, 2);
        assertThat(noise.draws()).isZero();
    }

    /** A run asks for one stretch after the other: the time where they meet is not searched again, others are forgotten. */
    @Test
    void onlyTheWaysToTheLastTwoTimesAreKept() {
        CountedDraws noise = new CountedDraws();
        BrownianTree tree = new BrownianTree(noise, 12, START, END, 1);
        float first = tree.increment(1, 2)[0];
        int both = noise.takeDraws();
        assertThat(both).as("two ways of some twenty halves").isBetween(25, 50);
        assertThat(tree.increment(1, 2)[0]).isEqualTo(first);
        assertThat(noise.takeDraws()).isZero();
        tree.increment(2, 3);
        assertThat(noise.takeDraws()).as("one way more").isBetween(10, 25);
        tree.increment(1, 2);
        assertThat(noise.takeDraws())
                .as("the way to 1 once more, to 2 is known")
                .isBetween(10, 25);
        tree.increment(10, 11);
        noise.takeDraws();
        assertThat(tree.increment(1, 2)[0]).isEqualTo(first);
        assertThat(noise.takeDraws()).as("forgotten").isBetween(both - 4, both);
    }

    @Test
    void theStretchThatWasAskedForLastIsThere() {
        CountedDraws noise = new CountedDraws();
        BrownianTree tree = new BrownianTree(noise, 13, START, END, SIZE);
        float[] first = tree.increment(1, 2);
        float[] kept = first.clone();
        noise.takeDraws();
        assertThat(tree.increment(1, 2)).isSameAs(first).isEqualTo(kept);
        assertThat(noise.takeDraws()).isZero();
        assertThat(tree.increment(1, 3).clone()).isNotEqualTo(kept);
        assertThat(tree.increment(2, 3).clone()).isNotEqualTo(kept);
        assertThat(tree.increment(1, 2)).isEqualTo(kept);
    }

    @Test
    void afterADrawThatFailedItTellsTheSameStory() {
        float[] expected = tree(14).increment(1, 2).clone();
        float[] next = tree(14).increment(2, 3).clone();
        for (int failing = 2; failing < 30; failing++) { // the first is the motion over the whole
            CountedDraws noise = new CountedDraws();
            BrownianTree tree = new BrownianTree(noise, 14, START, END, SIZE);
            noise.failing = failing;
            assertThatThrownBy(() -> tree.increment(1, 2)).hasMessage("No draw");
            assertThat(tree.increment(1, 2).clone()).isEqualTo(expected);
            assertThat(tree.increment(2, 3)).isEqualTo(next);
        }
    }

    private static final class CountedDraws implements NoiseSource {
        private final TorchNoise noise = new TorchNoise(1);
        private int draws;
        /** Which draw fails; none if 0. */
        private int failing;

        int takeDraws() {
            int taken = draws;
            draws = 0;
            return taken;
        }

        @Override
        public long seed() {
            return noise.seed();
        }

        @Override
        public void randn(float[] values) {
            throw new AssertionError("This is the picture's own generator");
        }

        @Override
        public void randn(long seed, float[] values) {
            draws++;
            if (draws == failing) {
                throw new IllegalStateException("No draw");
            }
            noise.randn(seed, values);
        }
    }
}
