package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.bench.Arrivals;
import dev.darkroom.worker.bench.JobLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The jobs of a run: the same ones, at the same times, in each run but for their ids.
 *
 * @param warmUp jobs before those that count, all at once; when empty some at a time, until {@link #leastWarmUp} is over
 * @param steps the scheduler's usual number when empty
 * @param size side of a picture in pixels; the model's native one when empty
 * @param seed of the first picture, and of the gaps between jobs; the next picture has {@link GenerationJob#imageSeed}
 * @param timeout for all jobs of a run, 1 second to 7 days
 */
record WorkerLoad(
        int jobs,
        Optional<Integer> warmUp,
        Arrivals arrivals,
        Optional<Integer> steps,
        Optional<Integer> size,
        long seed,
        Duration timeout) {
    private static final int MOST = 100_000;
    private static final int WARM_UP = 5; // jobs at a time
    /** With the demo model calls took half as long again before the JVM had compiled what runs beside them. */
    private static final Duration LEAST_WARM_UP = Duration.ofSeconds(45);

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(7);
    private static final String PROMPT = "a red circle on a blue background"; // what the demo model knows

    WorkerLoad {
        require(jobs >= 1 && jobs <= MOST, "--jobs must be 1 to " + MOST + ", not " + jobs);
        warmUp.ifPresent(
                count -> require(count >= 0 && count <= MOST, "--warm-up must be 0 to " + MOST + ", not " + count));
        require(seed >= 0, "--seed must be 0 or more, not " + seed);
        require(
                timeout.compareTo(SHORTEST) >= 0 && timeout.compareTo(LONGEST) <= 0,
                "--timeout must be PT1S to P7D, not " + timeout);
        job("bench", seed, steps, size); // a wrong size or number of steps is told before anything starts
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** For so long, at least, jobs come before those that count: zero where their number is given. */
    Duration leastWarmUp() {
        return warmUp.isPresent() ? Duration.ZERO : LEAST_WARM_UP;
    }

    /**
     * Jobs that are not measured.
     *
     * @param round from 0: jobs of different rounds have different ids
     */
    List<JobLoad.Due> warmUp(String run, int round) {
        List<JobLoad.Due> all = new ArrayList<>();
        for (int i = 0; i < warmUp.orElse(WARM_UP); i++) {
            String id = run + "-warm-up-" + round + "-" + i;
            all.add(new JobLoad.Due(job(id, GenerationJob.imageSeed(seed, i), steps, size), Duration.ZERO));
        }
        return all;
    }

    /** Jobs that are measured, in the order in which they come. */
    List<JobLoad.Due> measured(String run) {
        List<Duration> times = arrivals.times(jobs, new Random(seed));
        List<JobLoad.Due> all = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            all.add(new JobLoad.Due(job(run + "-" + i, GenerationJob.imageSeed(seed, i), steps, size), times.get(i)));
        }
        return all;
    }

    /**
     * The same in several rounds, each with a part of the jobs.
     *
     * @param rounds at most as many as there are jobs
     */
    List<List<JobLoad.Due>> measured(String run, int rounds) {
        List<JobLoad.Due> all = measured(run);
        List<List<JobLoad.Due>> parts = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            List<JobLoad.Due> part = all.subList(i * all.size() / rounds, (i + 1) * all.size() / rounds);
            Duration start = part.get(0).after();
            parts.add(part.stream()
                    .map(due -> new JobLoad.Due(due.job(), due.after().minus(start)))
                    .toList());
        }
        return parts;
    }

    private static GenerationJob job(String id, long seed, Optional<Integer> steps, Optional<Integer> size) {
        GenerationJob.Builder job = GenerationJob.builder(id, PROMPT).seed(seed);
        steps.ifPresent(job::numInferenceSteps);
        size.ifPresent(side -> job.width(side).height(side));
        return job.build();
    }
}
