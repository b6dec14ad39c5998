package dev.darkroom.worker.bench;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the events have told of a load's jobs so far. For one thread. */
final class LoadProgress {
    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private final Map<String, Instant> startless = new LinkedHashMap<>(); // when those ended whose start is not told
    private int running;

    private static final class Job {
        private final Instant due;
        private Optional<Instant> started = Optional.empty();
        private Optional<Instant> ended = Optional.empty();

        Job(Instant due) {
            this.due = due;
        }
    }

    /**
     * Nothing is told yet.
     *
     * @param start the first moment of the load
     */
    LoadProgress(List<JobLoad.Due> load, Instant start) {
        load.forEach(due -> jobs.put(due.job().id(), new Job(start.plus(due.after()))));
        running = jobs.size();
    }

    /** Whether the load has a job of this id. */
    boolean has(String id) {
        return jobs.containsKey(id);
    }

    /** How many jobs have not ended. */
    int running() {
        return running;
    }

    /** Whether start and end of each job are told. */
    boolean complete() {
        return running == 0 && startless.isEmpty();
    }

    /** A job that ended before a time and whose start is still not told, if there is one. */
    Optional<String> startless(Instant endedBefore) {
        return startless.entrySet().stream()
                .limit(1) // the one that is longest in it
                .filter(job -> job.getValue().isBefore(endedBefore))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /**
     * Takes an event; those of other jobs say nothing. The first start and the first end of a job count.
     *
     * @throws BenchException when the job came, or may come, to something else than its pictures
     */
    void note(CloudEvent told) throws BenchException {
        JobEvent event = told.event();
        Job job = jobs.get(event.jobId());
        if (job == null || event instanceof JobEvent.Progress) {
            return;
        }
        if (event instanceof JobEvent.Started && job.started.isEmpty()) {
            job.started = Optional.of(told.time());
            startless.remove(event.jobId());
        } else if (event instanceof JobEvent.Completed && job.ended.isEmpty()) {
            job.ended = Optional.of(told.time());
            running--;
            if (job.started.isEmpty()) {
                startless.put(event.jobId(), told.time());
            }
        } else if (!(event instanceof JobEvent.Started || event instanceof JobEvent.Completed)) {
            throw new BenchException("Job " + event.jobId() + " did not come to its pictures: " + why(event));
        }
    }

    private static String why(JobEvent event) {
        if (event instanceof JobEvent.Retrying retrying) {
            return "an attempt failed, " + retrying.code() + ": " + retrying.message();
        }
        if (event instanceof JobEvent.Failed failed) {
            return "it failed, " + failed.code() + ": " + failed.message();
        }
        if (event instanceof JobEvent.Rejected rejected) {
            return "it was rejected, " + rejected.code() + ": " + rejected.message();
        }
        return "it is " + event.type();
    }

    /**
     * When each job came, began and ended, in the order of the load.
     *
     * @throws java.util.NoSuchElementException when that is not told of all of them
     */
    List<JobTimes> times() {
        return jobs.values().stream()
                .map(job -> new JobTimes(job.due, job.started.orElseThrow(), job.ended.orElseThrow()))
                .toList();
    }
}
