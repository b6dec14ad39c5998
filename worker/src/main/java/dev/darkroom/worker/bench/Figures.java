package dev.darkroom.worker.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * What came of one run.
 *
 * @param wall from the first job's start to the last one's end, of all rounds together
 * @param imagesPerSecond pictures in that time
 * @param deviceBusy the part of that time in which at least one network of the model ran
 * @param queue milliseconds from when a job was due to its start
 * @param run milliseconds from its start to its end
 * @param total milliseconds from when it was due to its end
 * @param cpuMillisPerJob processor time of this whole process, inference included
 */
public record Figures(
        Duration wall,
        double imagesPerSecond,
        double deviceBusy,
        Percentiles queue,
        Percentiles run,
        Percentiles total,
        double cpuMillisPerJob) {
    /**
     * Jobs that were sent together.
     *
     * @param jobs with one picture each; at least one
     * @param busy how long a network ran
     * @param cpu processor time that was used
     */
    public record Round(List<JobTimes> jobs, Duration busy, Duration cpu) {
        public Round {
            jobs = List.copyOf(jobs);
        }

        private Duration wall() {
            Comparator<Instant> order = Comparator.naturalOrder();
            Instant first = jobs.stream().map(JobTimes::started).min(order).orElseThrow();
            Instant last = jobs.stream().map(JobTimes::ended).max(order).orElseThrow();
            return Duration.between(first, last);
        }
    }

    /** Draws up the figures of rounds; the time between rounds is none of theirs. */
    public static Figures of(List<Round> rounds) {
        List<JobTimes> jobs =
                rounds.stream().flatMap(round -> round.jobs().stream()).toList();
        Duration wall = sum(rounds, Round::wall);
        double nanos = Math.max(1, wall.toNanos());
        return new Figures(
                wall,
                jobs.size() * 1e9 / nanos,
                sum(rounds, Round::busy).toNanos() / nanos,
                Percentiles.of(jobs.stream().map(JobTimes::queued).toList()),
                Percentiles.of(jobs.stream().map(JobTimes::ran).toList()),
                Percentiles.of(jobs.stream().map(JobTimes::total).toList()),
                sum(rounds, Round::cpu).toNanos() / 1e6 / jobs.size());
    }

    private static Duration sum(List<Round> rounds, Function<Round, Duration> part) {
        return rounds.stream().map(part).reduce(Duration.ZERO, Duration::plus);
    }
}
