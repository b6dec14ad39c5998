package dev.darkroom.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Sends one job at a time and follows it to its end. For one thread. */
final class JobRun {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final String TYPE_PREFIX = "dev.darkroom.job.";
    private static final Set<String> ENDS_WITHOUT_PICTURE = Set.of("failed", "rejected", "cancelled", "expired");

    private final JobQueue queue;
    private final WorkerProcess worker;
    private final ProgressDisplay display;
    private final Duration timeout;
    private final InstantSource clock;

    JobRun(JobQueue queue, WorkerProcess worker, ProgressDisplay display, Duration timeout, InstantSource clock) {
        this.queue = queue;
        this.worker = worker;
        this.display = display;
        this.timeout = timeout;
        this.clock = clock;
    }

    /**
     * A job that ended well.
     *
     * @param data the data of its {@code completed} event
     */
    record Completed(JsonNode data, Instant submitted, Instant started, Instant completed) {
        /** From the job's record to the begin of its inference. */
        Duration queueing() {
            return Duration.between(submitted, started);
        }

        /** From the last denoising step to the event: decoding, encoding, upload, and the event itself. */
        Duration finishing() {
            JsonNode timings = data.path("timings_ms");
            Duration untilLastStep = Duration.ofMillis(
                    timings.path("prepare").asLong() + timings.path("denoise").asLong());
            return Duration.between(started, completed).minus(untilLastStep);
        }
    }

    /** Waits until the worker has created the topics that it reads and writes. */
    void awaitTopics() throws InterruptedException, QuickstartException {
        Instant end = clock.instant().plus(timeout);
        while (!queue.ready()) {
            if (clock.instant().isAfter(end)) {
                throw new QuickstartException("The worker did not create its topics within " + seconds(timeout));
            }
            worker.pause(POLL);
        }
        queue.follow();
    }

    /** Sends the job, shows its progress, and returns when it is completed; any other end is an exception. */
    Completed run(String jobId, String prompt) throws InterruptedException, QuickstartException {
        Instant submitted = queue.submit(jobId, prompt);
        display.line(jobId + ": sent to " + JobQueue.JOBS);
        Instant started = submitted;
        Instant end = clock.instant().plus(timeout);
        while (clock.instant().isBefore(end)) {
            worker.requireAlive();
            Optional<JobQueue.Event> next =
                    queue.next(POLL).filter(event -> event.jobId().equals(jobId));
            if (next.isPresent()) {
                JobQueue.Event event = next.get();
                show(event);
                String what = what(event);
                if (what.equals("completed")) {
                    return new Completed(event.data(), submitted, started, event.time());
                }
                if (ENDS_WITHOUT_PICTURE.contains(what)) {
                    throw new QuickstartException(jobId + " ended without a picture");
                }
                started = what.equals("started") ? event.time() : started;
            }
        }
        throw new QuickstartException(jobId + " has not ended within " + seconds(timeout));
    }

    private void show(JobQueue.Event event) {
        JsonNode data = event.data();
        if (what(event).equals("progress")) {
            display.show(
                    event.jobId(), data.path("step").asInt(), data.path("steps").asInt());
        } else {
            String code = data.path("code").asText("");
            String message = data.path("message").asText("");
            display.line((event.jobId() + ": " + what(event) + " " + code + " " + message).strip());
        }
    }

    /** The part of the type that tells events apart: {@code progress} in {@code dev.darkroom.job.progress.v1}. */
    private static String what(JobQueue.Event event) {
        String type = event.type();
        int version = type.lastIndexOf('.');
        return type.startsWith(TYPE_PREFIX) && version > TYPE_PREFIX.length()
                ? type.substring(TYPE_PREFIX.length(), version)
                : type;
    }

    private static String seconds(Duration duration) {
        return duration.toSeconds() + " s";
    }
}
