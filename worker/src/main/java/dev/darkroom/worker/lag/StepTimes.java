package dev.darkroom.worker.lag;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a step of one picture of 512x512 takes on each model, learnt from jobs that were done: seconds of a whole worker,
 * so a job that shared its worker with others counts for its part. Not thread-safe.
 */
final class StepTimes {
    /** Models come from events, so from outside. */
    private static final int MOST_MODELS = 50;

    /** What is left of the weight of what earlier jobs told, when another one tells: the last twenty matter. */
    private static final double KEPT = 0.95;

    /** What an event says beyond these is nobody's job. */
    private static final double LONGEST_JOB = 24 * 3600;

    private static final int MOST_PIXELS = 2048 * 2048;

    private final Duration unknown;
    private final Optional<String> defaultModel;
    private final Map<String, Told> models = new LinkedHashMap<>(16, 0.75f, true);
    private Optional<String> last = Optional.empty();

    /** What the jobs of one model told. */
    private record Told(double seconds, double units, int nativePixels, long jobs) {
        static final Told NOTHING = new Told(0, 0, JobSize.UNIT_PIXELS, 0);
    }

    /**
     * Knows nothing yet.
     *
     * @param unknown what a step takes on a model of which nothing is known
     * @param defaultModel of jobs that name none; when empty, the model that was told of last
     */
    StepTimes(Duration unknown, Optional<String> defaultModel) {
        this.unknown = unknown;
        this.defaultModel = defaultModel;
    }

    /**
     * Takes note of a job that was done; what cannot be is passed over.
     *
     * @param model that did it
     * @param pixels of each of its pictures
     * @param seconds of a worker that it took
     */
    void learn(String model, JobSize size, int pixels, double seconds) {
        if (!(seconds > 0 && seconds <= LONGEST_JOB) || pixels > MOST_PIXELS) {
            return;
        }
        Told told = models.getOrDefault(model, Told.NOTHING);
        // A job that names no size shows the model's own.
        int nativePixels = size.pixels().isPresent() ? told.nativePixels() : pixels;
        double units = size.units(pixels);
        models.put(
                model,
                new Told(told.seconds() * KEPT + seconds, told.units() * KEPT + units, nativePixels, told.jobs() + 1));
        last = Optional.of(model);
        if (models.size() > MOST_MODELS) {
            models.remove(models.keySet().iterator().next());
        }
    }

    /** What a job will take of a worker, in seconds. */
    double seconds(JobSize size) {
        Told told = size.model()
                .or(() -> defaultModel)
                .or(() -> last)
                .map(models::get)
                .orElse(Told.NOTHING);
        return size.units(told.nativePixels()) * stepSeconds(told);
    }

    private double stepSeconds(Told told) {
        return told.units() > 0 ? told.seconds() / told.units() : unknown.toNanos() / 1e9;
    }

    /** What is known of each model, in order of name. */
    Map<String, LagReading.ModelTime> all() {
        Map<String, LagReading.ModelTime> times = new TreeMap<>();
        models.forEach((model, told) -> times.put(model, new LagReading.ModelTime(stepSeconds(told), told.jobs())));
        return times;
    }
}
