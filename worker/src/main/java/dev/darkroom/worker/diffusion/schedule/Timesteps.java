package dev.darkroom.worker.diffusion.schedule;

/** Where steps lie among the training timesteps, latest first. Rounding is half to even, as numpy's. */
final class Timesteps {
    private Timesteps() {}

    /** Evenly from {@code last} to 0, both included; not rounded. A single point is 0. */
    static double[] linspace(int last, int points) {
        double[] timesteps = new double[points];
        double step = points == 1 ? 0 : (double) last / (points - 1);
        for (int i = 0; i < points; i++) {
            timesteps[points - 1 - i] = i == points - 1 && points > 1 ? last : i * step;
        }
        return timesteps;
    }

    /** Multiples of a whole step from 0 up, each later by {@code offset}. */
    static double[] leading(int range, int points, int offset) {
        int step = range / points;
        double[] timesteps = new double[points];
        for (int i = 0; i < points; i++) {
            timesteps[points - 1 - i] = (double) i * step + offset;
        }
        return timesteps;
    }

    /** From one below {@code from} down in steps of {@code range / points}, rounded. */
    static double[] trailing(int range, int from, int points) {
        double step = (from - (double) range / points) - from;
        double[] timesteps = new double[points];
        for (int i = 0; i < points; i++) {
            timesteps[i] = Math.rint(from + i * step) - 1;
        }
        return timesteps;
    }

    /** As the configuration spaces them; not rounded. */
    static double[] spaced(SchedulerConfig config, int steps) {
        int range = config.numTrainTimesteps();
        return switch (config.timestepSpacing()) {
            case LINSPACE -> linspace(range - 1, steps);
            case LEADING -> leading(range, steps, config.stepsOffset());
            case TRAILING -> trailing(range, range, steps);
        };
    }

    /** As the configuration spaces them, whole ones: indices of the training timesteps. */
    static int[] whole(SchedulerConfig config, int steps) {
        checkSteps(steps, config);
        double[] spaced = spaced(config, steps);
        round(spaced);
        check(spaced, config);
        int[] whole = new int[steps];
        for (int i = 0; i < steps; i++) {
            whole[i] = (int) spaced[i];
        }
        return whole;
    }

    /**
     * Some of the timesteps that a distilled model was taught with, evenly chosen from the latest on.
     *
     * @throws UnsupportedSchedulerException when it was taught with fewer ({@code original_inference_steps})
     */
    static int[] distilled(SchedulerConfig config, int steps) {
        checkSteps(steps, config);
        int taught = config.originalInferenceSteps();
        if (steps > taught) {
            throw new UnsupportedSchedulerException(steps + " steps cannot be placed: the model was taught with "
                    + taught + " (original_inference_steps)");
        }
        int stride = config.numTrainTimesteps() / taught;
        int[] timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            int skipped = (int) Math.floor(i * ((double) taught / steps));
            timesteps[i] = (taught - skipped) * stride - 1;
        }
        return timesteps;
    }

    static void round(double[] timesteps) {
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = Math.rint(timesteps[i]);
        }
    }

    /**
     * Refuses what cannot be run.
     *
     * @throws UnsupportedSchedulerException when more steps are asked for than there are training timesteps
     */
    static void checkSteps(int steps, SchedulerConfig config) {
        if (steps < 1) {
            throw new IllegalArgumentException("The number of steps must be at least 1: " + steps);
        }
        if (steps > config.numTrainTimesteps()) {
            throw new UnsupportedSchedulerException(steps + " steps are more than the " + config.numTrainTimesteps()
                    + " timesteps that the model was trained with (num_train_timesteps)");
        }
    }

    /**
     * Refuses timesteps that the model was not trained with or that do not fall.
     *
     * @throws UnsupportedSchedulerException when one lies outside or stands twice
     */
    static void check(double[] timesteps, SchedulerConfig config) {
        double before = config.numTrainTimesteps();
        for (double timestep : timesteps) {
            if (timestep < 0 || timestep >= before) {
                throw new UnsupportedSchedulerException(timesteps.length + " steps cannot be placed among "
                        + config.numTrainTimesteps() + " training timesteps (timestep_spacing "
                        + config.timestepSpacing() + ", steps_offset " + config.stepsOffset() + "): timestep "
                        + timestep + " would follow " + before);
            }
            before = timestep;
        }
    }
}
