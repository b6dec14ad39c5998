package dev.darkroom.worker.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * What a solver remembers of a picture after so many steps, and how often it has drawn noise by then. Both depend on the
 * scheduler alone, so they are found by running it on a picture of one value: whoever reads a history from outside knows
 * from here what there must be, and believes no count that comes with it.
 */
public final class Rehearsal {
    private static final int ONE_VALUE = 1;

    private Rehearsal() {}

    /**
     * A place between two steps.
     *
     * @param history what the solver remembers
     * @param draws how often it has drawn from the picture's own generator, a value for each of the sample at a time
     */
    public record Stage(SolverHistory.Shape history, int draws) {}

    /** The stages from the first step on: stage {@code k} is the one after {@code k} steps, up to {@code last}. */
    public static List<Stage> stages(Scheduler scheduler, int last) {
        SolverHistory history = new SolverHistory();
        CountedNoise noise = new CountedNoise();
        List<Stage> stages = new ArrayList<>();
        stages.add(new Stage(history.shape(), 0));
        for (int step = 0; step < last; step++) {
            scheduler.step(step, new float[ONE_VALUE], new float[ONE_VALUE], history, noise);
            stages.add(new Stage(history.shape(), noise.draws));
        }
        return stages;
    }

    private static final class CountedNoise implements NoiseSource {
        private int draws;

        @Override
        public long seed() {
            return 0;
        }

        @Override
        public void randn(float[] values) {
            if (values.length != ONE_VALUE) {
                throw new IllegalStateException(
                        "A solver draws a value for each of the sample, not " + values.length + " for " + ONE_VALUE);
            }
            draws++;
        }

        @Override
        public void randn(long seed, float[] values) {
            // Which values they are changes nothing in what is remembered.
        }
    }
}
