package dev.darkroom.worker.lag;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which jobs run, and which have ended, as their events tell it. A job that runs beside others on its worker has its part
 * of the worker's time. Not thread-safe.
 */
final class Runs {
    /** A queue of more running jobs is none of ours; what a worker that died has left goes first. */
    private static final int MOST_RUNS = 5_000;

    private static final int MOST_ENDS = 10_000;

    private final Map<String, Run> running = new LinkedHashMap<>();
    private final Map<String, Worker> workers = new HashMap<>();
    private final Map<String, Instant> ended = new LinkedHashMap<>();

    /**
     * A run that came to its pictures.
     *
     * @param seconds of its worker that it took
     */
    record Done(String jobId, String model, int pixels, double seconds) {}

    /** A job at a worker. */
    private static final class Run {
        private final String worker;
        private double seconds; // of its worker, up to the last event of this worker

        private Run(String worker) {
            this.worker = worker;
        }
    }

    /** The jobs of a worker, and up to when they have got their parts. */
    private static final class Worker {
        private final Set<String> jobs = new TreeSet<>();
        private Instant until = Instant.MIN;
    }

    /** Takes note of an event; returns the run that it ends, if that came to pictures. */
    Optional<Done> take(CloudEvent event) {
        JobEvent what = event.event();
        String id = what.jobId();
        if (what instanceof JobEvent.Started started) {
            end(id, event.time());
            begin(id, started.worker(), event.time());
            return Optional.empty();
        }
        if (!what.terminal() && !(what instanceof JobEvent.Retrying)) {
            return Optional.empty();
        }
        Optional<Run> run = end(id, event.time());
        if (what.terminal()) {
            ended.remove(id);
            ended.put(id, event.time());
            trim(ended, MOST_ENDS);
        }
        return run.filter(ran -> what instanceof JobEvent.Completed)
                .map(ran -> done((JobEvent.Completed) what, ran.seconds));
    }

    private static Done done(JobEvent.Completed completed, double seconds) {
        int pixels =
                completed.images().get(0).width() * completed.images().get(0).height();
        return new Done(completed.jobId(), completed.model().id(), pixels, seconds);
    }

    private void begin(String id, String worker, Instant now) {
        Worker at = workers.computeIfAbsent(worker, name -> new Worker());
        share(at, now);
        at.jobs.add(id);
        running.put(id, new Run(worker));
        if (running.size() > MOST_RUNS) {
            end(running.keySet().iterator().next(), now);
        }
    }

    private Optional<Run> end(String id, Instant now) {
        Optional<Run> run = Optional.ofNullable(running.get(id));
        run.ifPresent(ended -> {
            Worker at = workers.getOrDefault(ended.worker, new Worker());
            share(at, now);
            at.jobs.remove(id);
            if (at.jobs.isEmpty()) {
                workers.remove(ended.worker);
            }
            running.remove(id);
        });
        return run;
    }

    /** Deals out what has passed since the last event; the events of several partitions may be out of order a little. */
    private void share(Worker worker, Instant now) {
        if (!worker.jobs.isEmpty() && now.isAfter(worker.until)) {
            double part = seconds(worker.until, now) / worker.jobs.size();
            worker.jobs.forEach(id -> running.computeIfPresent(id, (same, run) -> {
                run.seconds += part;
                return run;
            }));
        }
        if (now.isAfter(worker.until)) {
            worker.until = now;
        }
    }

    /** The seconds of its worker that a job has had by now; empty when it does not run. */
    Optional<Double> had(String id, Instant now) {
        return Optional.ofNullable(running.get(id)).map(run -> {
            Worker worker = workers.getOrDefault(run.worker, new Worker());
            double since = now.isAfter(worker.until) && worker.until.isAfter(Instant.MIN)
                    ? seconds(worker.until, now) / Math.max(1, worker.jobs.size())
                    : 0;
            return run.seconds + since;
        });
    }

    /** Whether a job that was sent then has ended since. */
    boolean hasEnded(String id, Instant sent) {
        return Optional.ofNullable(ended.get(id))
                .filter(end -> !end.isBefore(sent))
                .isPresent();
    }

    /** How many workers have some of these jobs. */
    int workers(Collection<String> jobs) {
        return (int) jobs.stream()
                .flatMap(id -> Optional.ofNullable(running.get(id)).stream())
                .map(run -> run.worker)
                .distinct()
                .count();
    }

    /** Whoever writes an event says when it was: two times may lie further apart than a long has nanoseconds. */
    private static double seconds(Instant from, Instant to) {
        Duration passed = Duration.between(from, to);
        return passed.getSeconds() + passed.getNano() / 1e9;
    }

    private static void trim(Map<String, ?> oldestFirst, int most) {
        if (oldestFirst.size() > most) {
            oldestFirst.remove(oldestFirst.keySet().iterator().next());
        }
    }
}
