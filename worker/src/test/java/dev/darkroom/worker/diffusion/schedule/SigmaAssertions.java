package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;

/** Compares a scheduler's noise levels with the reference's. */
final class SigmaAssertions {
    private static final double TOLERANCE = 1e-6;

    private SigmaAssertions() {}

    /** Passes only if each sigma is within 1e-6 of its size; {@code expected} is missing or null for DDIM, which has none. */
    static void assertSigmas(Scheduler scheduler, JsonNode expected) {
        if (scheduler instanceof DdimScheduler) {
            assertThat(expected.isArray()).isFalse();
            return;
        }
        assertThat(expected.size()).isEqualTo(scheduler.steps() + 1);
        for (int place = 0; place < expected.size(); place++) {
            double sigma = expected.get(place).doubleValue();
            assertThat(sigma(scheduler, place)).isCloseTo(sigma, within(sigma * TOLERANCE));
        }
    }

    private static double sigma(Scheduler scheduler, int place) {
        return scheduler instanceof EulerDiscreteScheduler euler
                ? euler.sigma(place)
                : ((DpmSolverMultistepScheduler) scheduler).sigma(place);
    }
}
