package dev.darkroom.worker.lag;

import dev.darkroom.worker.lag.SimulatedDay.Arrival;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Pods with a worker each, and the jobs of one lane that they take in order. Time goes by seconds. */
final class SimulatedCluster {
    /** Until a new pod's node is there, its image is pulled, its model loaded. */
    private static final int START_SECONDS = 75;

    private final int drainSeconds;
    private final List<Pod> pods = new ArrayList<>();
    private final PriorityQueue<Job> waiting = new PriorityQueue<>(Comparator.comparingInt(job -> job.number));
    private final List<Job> jobs = new ArrayList<>();
    private final BiConsumer<Job, Pod> begun;
    private final Consumer<Job> done;
    private int podSeconds;
    private int handedBack;
    private int started;

    /** A job of the day. */
    static final class Job {
        final int number;
        final Arrival arrival;
        double doneAt = Double.NaN;

        private Job(int number, Arrival arrival) {
            this.number = number;
            this.arrival = arrival;
        }

        boolean isDone() {
            return !Double.isNaN(doneAt);
        }

        /** From when it was sent until its pictures are there, without the time that they take. */
        double waited() {
            return Math.max(0, doneAt - arrival.second() - arrival.seconds());
        }
    }

    /** A pod that starts, works or drains. */
    static final class Pod {
        final String name;
        final int readyAt;
        private Optional<Job> job = Optional.empty();
        private double freeAt;
        private int stoppedAt = Integer.MAX_VALUE;

        private Pod(String name, int readyAt) {
            this.name = name;
            this.readyAt = readyAt;
        }
    }

    /**
     * No pods yet.
     *
     * @param drainSeconds that a job may take to finish when its pod is stopped
     * @param begun gets each job that begins, and where
     * @param done gets each job that is done
     */
    SimulatedCluster(int drainSeconds, BiConsumer<Job, Pod> begun, Consumer<Job> done) {
        this.drainSeconds = drainSeconds;
        this.begun = begun;
        this.done = done;
    }

    Job send(Arrival arrival) {
        Job job = new Job(jobs.size(), arrival);
        jobs.add(job);
        waiting.add(job);
        return job;
    }

    /** What happens within a second. */
    void step(int second) {
        for (Pod pod : pods) {
            finish(pod, second);
            take(pod, second);
        }
        pods.removeIf(pod -> isGone(pod, second));
        podSeconds += pods.size();
    }

    private void finish(Pod pod, int second) {
        if (pod.job.isPresent() && pod.freeAt <= second) {
            Job job = pod.job.get();
            job.doneAt = pod.freeAt;
            pod.job = Optional.empty();
            done.accept(job);
        }
    }

    private void take(Pod pod, int second) {
        boolean works = second >= pod.readyAt && pod.stoppedAt == Integer.MAX_VALUE;
        if (works && pod.job.isEmpty() && !waiting.isEmpty()) {
            Job job = waiting.remove();
            pod.job = Optional.of(job);
            pod.freeAt = second + job.arrival.seconds();
            begun.accept(job, pod);
        }
    }

    /** A stopped pod ends when it has no job; what it does not finish goes back, and is begun anew by another one. */
    private boolean isGone(Pod pod, int second) {
        if (pod.stoppedAt == Integer.MAX_VALUE) {
            return false;
        }
        if (pod.job.isPresent() && second - pod.stoppedAt >= drainSeconds) {
            waiting.add(pod.job.get());
            pod.job = Optional.empty();
            handedBack++;
        }
        return pod.job.isEmpty();
    }

    /** A Deployment's replicas: of too many, those go first that are not ready, then the youngest, whatever they do. */
    void scale(int second, int replicas) {
        List<Pod> living = new ArrayList<>(
                pods.stream().filter(pod -> pod.stoppedAt == Integer.MAX_VALUE).toList());
        for (int i = living.size(); i < replicas; i++) {
            pods.add(new Pod("pod-" + started++, second + START_SECONDS));
        }
        living.sort(Comparator.comparingInt((Pod pod) -> pod.readyAt).reversed());
        for (int i = 0; i < living.size() - replicas; i++) {
            living.get(i).stoppedAt = second;
        }
    }

    int replicas() {
        return (int)
                pods.stream().filter(pod -> pod.stoppedAt == Integer.MAX_VALUE).count();
    }

    List<Job> jobs() {
        return jobs;
    }

    long unfinished() {
        return jobs.stream().filter(job -> !job.isDone()).count();
    }

    double podHours() {
        return podSeconds / 3600.0;
    }

    int handedBack() {
        return handedBack;
    }

    int podsStarted() {
        return started;
    }
}
