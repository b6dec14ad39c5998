package dev.darkroom.worker.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * What came of one run.
 *
 * @param wall from the first job's start to the last one's end
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
     * Draws up the figures.
     *
     * @param jobs with one picture each; at least one
     * @param busy how long a network ran
     * @param cpu processor time that was used
     */
    public static Figures of(List<JobTimes> jobs, Duration busy, Duration cpu) {
        Instant first = jobs.stream()
                .map(JobTimes::started)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        Instant last = jobs.stream()
                .map(JobTimes::ended)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        Duration wall = Duration.between(first, last);
        double nanos = Math.max(1, wall.toNanos());
        return new Figures(
                wall,
                jobs.size() * 1e9 / nanos,
                busy.toNanos() / nanos,
                Percentiles.of(jobs.stream().map(JobTimes::queued).toList()),
                Percentiles.of(jobs.stream().map(JobTimes::ran).toList()),
                Percentiles.of(jobs.stream().map(JobTimes::total).toList()),
                cpu.toNanos() / 1e6 / jobs.size());
    }
}
