package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Compares a scheduler's noise levels with the reference's. */
final class SigmaAssertions {
    private static final double TOLERANCE = 1e-6;

    private SigmaAssertions() {}

    /** Passes only if each sigma is within 1e-6 of its size; {@code expected} is missing or null for those that have none. */
    static void assertSigmas(Scheduler scheduler, JsonNode expected) {
        if (!expected.isArray()) {
            assertThat(scheduler).isInstanceOf(AlphaScheduler.class);
            return;
        }
        double[] actual = sigmas(scheduler, expected.size());
        for (int place = 0; place < expected.size(); place++) {
            double sigma = expected.get(place).doubleValue();
            assertThat(actual[place]).isCloseTo(sigma, within(sigma * TOLERANCE));
        }
    }

    /** As the reference lists them: the sigmas of schedulers of two calls stand twice, but for the first. */
    private static double[] sigmas(Scheduler scheduler, int count) {
        if (scheduler instanceof SolverScheduler solver) {
            assertThat(count).isEqualTo(scheduler.steps() + 1);
            return IntStream.range(0, count).mapToDouble(solver::sigma).toArray();
        }
        SigmaScheduler over = (SigmaScheduler) scheduler;
        int steps = over.schedule.steps();
        boolean twice = scheduler.steps() > steps;
        boolean lastTwice =
                scheduler instanceof Kdpm2DiscreteScheduler || scheduler instanceof Kdpm2AncestralDiscreteScheduler;
        List<Double> all = new ArrayList<>(List.of((double) over.sigma(0)));
        for (int place = 1; place <= steps; place++) {
            all.add((double) over.sigma(place));
            if (twice && (place < steps || lastTwice)) {
                all.add((double) over.sigma(place));
            }
        }
        if (lastTwice) {
            all.add(0.0);
        }
        assertThat(all).hasSize(count);
        return all.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
