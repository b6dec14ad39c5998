package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LinearSystemTest {
    @Test
    void solves() {
        double[] solution = LinearSystem.solve(new double[][] {{1, 1, 1, 6}, {-2, 1, -0.5, -1.5}, {4, 1, 0.25, 6.75}});
        assertThat(solution).containsExactly(new double[] {1, 2, 3}, within(1e-12));
    }

    @Test
    void aZeroOnTheDiagonalDoesNotMatter() {
        assertThat(LinearSystem.solve(new double[][] {{0, 2, 4}, {1, 5, 13}}))
                .containsExactly(new double[] {3, 2}, within(1e-12));
    }

    @Test
    void aTinyPivotDoesNotSpoilTheSolution() {
        assertThat(LinearSystem.solve(new double[][] {{1e-20, 1, 1}, {1, 1, 2}}))
                .containsExactly(new double[] {1, 1}, within(1e-12));
    }
}
