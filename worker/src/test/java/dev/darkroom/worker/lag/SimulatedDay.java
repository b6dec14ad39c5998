package dev.darkroom.worker.lag;

import dev.darkroom.job.GenerationJob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** A day of jobs as a shop sends them: quiet nights, some jobs all day, now and then many at once, and few large ones. */
final class SimulatedDay {
    static final int SECONDS = 24 * 3600;

    private static final int HOUR = 3600;

    private final Random random;
    private final List<Arrival> arrivals = new ArrayList<>();

    /**
     * A job and when it is sent.
     *
     * @param second of the day
     * @param seconds that a worker needs for it
     */
    record Arrival(int second, GenerationJob job, double seconds) {}

    private SimulatedDay(long seed) {
        this.random = new Random(seed);
    }

    /** The same day for the same seed. */
    static List<Arrival> of(long seed) {
        SimulatedDay day = new SimulatedDay(seed);
        day.add();
        day.arrivals.sort(Comparator.comparingInt(Arrival::second));
        return List.copyOf(day.arrivals);
    }

    private void add() {
        for (int second = 0; second < SECONDS; second++) {
            if (random.nextDouble() < rate(second)) {
                send(second);
            }
            if (random.nextDouble() < burstRate(second)) {
                burst(second);
            }
        }
    }

    /** Jobs a second: one in two minutes from nine to six, one in an hour else. */
    private static double rate(int second) {
        int hour = second / HOUR;
        return hour >= 9 && hour < 18 ? 1.0 / 120 : 1.0 / HOUR;
    }

    /** One in forty minutes from nine in the morning to ten in the evening. */
    private static double burstRate(int second) {
        int hour = second / HOUR;
        return hour >= 9 && hour < 22 ? 1.0 / (2 * HOUR / 3) : 0;
    }

    /** Of one kind, as a campaign's pictures are: twenty to sixty small ones, or fewer of the others. */
    private void burst(int second) {
        double kind = random.nextDouble();
        int jobs = kind < 0.6 ? 20 + random.nextInt(41) : kind < 0.85 ? 10 + random.nextInt(21) : 3 + random.nextInt(6);
        for (int i = 0; i < jobs; i++) {
            send(Math.min(SECONDS - 1, second + random.nextInt(30)), kind);
        }
    }

    private void send(int second) {
        send(second, random.nextDouble());
    }

    /** Six of ten are small and take some 2 s, a few take five minutes. */
    private void send(int second, double kind) {
        String id = "job-" + arrivals.size();
        if (kind < 0.6) {
            add(second, job(id, "sd15", 512, 25, 1), 2.0);
        } else if (kind < 0.85) {
            add(second, job(id, "sdxl", 1024, 30, 1), 20.0);
        } else {
            add(second, job(id, "sdxl", 1024, 40, 12), 320.0);
        }
    }

    private void add(int second, GenerationJob job, double seconds) {
        // What a worker needs differs by a tenth.
        arrivals.add(new Arrival(second, job, seconds * (0.95 + 0.1 * random.nextDouble())));
    }

    private static GenerationJob job(String id, String model, int size, int steps, int images) {
        return GenerationJob.builder(id, "x")
                .model(model)
                .width(size)
                .height(size)
                .numInferenceSteps(steps)
                .numImages(images)
                .build();
    }
}
