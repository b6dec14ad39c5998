package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TimestepsTest {
    private static SchedulerConfig config(int trained, String spacing, int offset) {
        return SchedulerConfig.of(Map.of(
                "_class_name", "DDIMScheduler",
                "num_train_timesteps", trained,
                "timestep_spacing", spacing,
                "steps_offset", offset));
    }

    /** Whatever the step between them rounds to. */
    @Test
    void evenlySpacedTimestepsReachBothEnds() {
        for (int points = 2; points <= 1000; points++) {
            double[] timesteps = Timesteps.linspace(999, points);
            assertThat(timesteps).hasSize(points).startsWith(999).endsWith(0);
        }
        assertThat(Timesteps.linspace(999, 1)).containsExactly(0);
        assertThat(Timesteps.linspace(9, 4)).containsExactly(9, 6, 3, 0);
    }

    @Test
    void asManyStepsAsTrainingTimestepsAreTheMost() {
        assertThat(Timesteps.whole(config(4, "leading", 0), 4)).containsExactly(3, 2, 1, 0);
        assertThat(Timesteps.whole(config(4, "trailing", 0), 4)).containsExactly(3, 2, 1, 0);
        assertThat(Timesteps.whole(config(4, "linspace", 0), 4)).containsExactly(3, 2, 1, 0);
        assertThatThrownBy(() -> Timesteps.whole(config(4, "leading", 0), 5))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("5 steps are more than the 4 timesteps");
        assertThatThrownBy(() -> Timesteps.checkSteps(0, config(4, "leading", 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1: 0");
    }

    @Test
    void anOffsetThatLeadsOutOfTheTrainingRangeIsRefused() {
        assertThat(Timesteps.whole(config(10, "leading", 4), 2)).containsExactly(9, 4);
        assertThatThrownBy(() -> Timesteps.whole(config(10, "leading", 5), 2))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("steps_offset 5): timestep 10.0 would follow 10.0");
    }

    @Test
    void timestepsMustFallAndLieInTheTrainingRange() {
        SchedulerConfig config = config(10, "leading", 0);
        assertThatCode(() -> Timesteps.check(new double[] {9.5, 9, 0}, config)).doesNotThrowAnyException();
        for (double[] wrong : new double[][] {{10, 1}, {5, 5}, {5, 6}, {1, -0.5}}) {
            assertThatThrownBy(() -> Timesteps.check(wrong, config))
                    .isInstanceOf(UnsupportedSchedulerException.class)
                    .hasMessageContaining(wrong.length + " steps cannot be placed among 10");
        }
    }
}
