package dev.darkroom.worker.lag;

import dev.darkroom.worker.lag.Window.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What the work in some partitions takes, at one moment. Not thread-safe. */
final class Estimate {
    /** What is left of a job is never nothing while it runs: whoever counts seconds must not take its worker away. */
    private static final double LEAST_PART = 0.1;

    /** Seconds that any record takes, if only to be told that it is no job, or has ended. */
    static final double LEAST_SECONDS = 0.1;

    private final Instant now;
    private final Runs runs;
    private final StepTimes times;
    private final Set<String> running = new HashSet<>();

    Estimate(Instant now, Runs runs, StepTimes times) {
        this.now = now;
        this.runs = runs;
        this.times = times;
    }

    /** The records of one partition that a group takes jobs from. */
    void add(Window window, Unsettled unsettled, LaneSum sum) {
        long open = 0;
        long ended = 0;
        double left = 0;
        double whole = 0;
        for (Waiting record : window.known()) {
            if (hasEnded(record)) {
                ended++;
                continue;
            }
            open++;
            whole += whole(record);
            left += left(record, sum);
        }
        long unknown = window.unknown(unsettled.start(), unsettled.end(), unsettled.position());
        double mean = open > 0 ? whole / open : seconds(JobSize.USUAL);
        long records = open + ended + unknown;
        long jobs = Math.min(unsettled.lag().orElse(records), records);
        if (jobs >= open + unknown) {
            sum.add(jobs, left + unknown * mean + (jobs - open - unknown) * LEAST_SECONDS);
        } else {
            // More have ended than is known here: which ones, nobody says.
            sum.add(jobs, (left + unknown * mean) / (open + unknown) * jobs);
        }
    }

    /**
     * A record of the retry topic.
     *
     * @param soon what is due within that time is to be done, the rest is not yet
     */
    void addRetry(Waiting record, Duration soon, LaneSum sum, LaneSum later) {
        (record.due().isAfter(now.plus(soon)) ? later : sum).add(1, whole(record));
    }

    /** Records of which is only known that they are there. */
    void addUnknown(long records, LaneSum sum) {
        sum.add(records, records * seconds(JobSize.USUAL));
    }

    private boolean hasEnded(Waiting record) {
        return record.id().filter(id -> runs.hasEnded(id, record.sent())).isPresent();
    }

    private double whole(Waiting record) {
        boolean late =
                record.deadline().filter(deadline -> deadline.isBefore(now)).isPresent();
        return late ? LEAST_SECONDS : record.size().map(this::seconds).orElse(LEAST_SECONDS);
    }

    private double seconds(JobSize size) {
        return Math.max(LEAST_SECONDS, times.seconds(size));
    }

    /** What is left of a job; whether it runs or waits is noted. */
    private double left(Waiting record, LaneSum sum) {
        Optional<Double> had = record.id().flatMap(id -> runs.had(id, now));
        if (had.isEmpty()) {
            sum.waits(record.enqueued());
            return whole(record);
        }
        sum.addInFlight(1);
        record.id().ifPresent(running::add);
        double whole = record.size().map(this::seconds).orElse(LEAST_SECONDS);
        return Math.max(LEAST_SECONDS, Math.max(whole * LEAST_PART, whole - had.get()));
    }

    /** How many workers are at the jobs that were added. */
    int busyWorkers() {
        return runs.workers(running);
    }
}
