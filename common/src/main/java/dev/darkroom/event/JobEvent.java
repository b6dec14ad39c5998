package dev.darkroom.event;

import dev.darkroom.job.Noise;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a worker says about a job. A job has exactly one terminal event in effect: the first of {@link Completed},
 * {@link Failed}, {@link Cancelled}, {@link Expired} under its id. Events grow by fields and kinds, never otherwise.
 */
public sealed interface JobEvent {
    String jobId();

    /** Counted from 1. */
    int attempt();

    /** The job's own context, as JSON text. */
    Optional<String> context();

    /** What happened, in one word: the {@code <what>} of {@code dev.darkroom.job.<what>.v1}. */
    String type();

    /** Whether nothing more will happen to the job. */
    default boolean terminal() {
        return this instanceof Completed
                || this instanceof Failed
                || this instanceof Cancelled
                || this instanceof Expired;
    }

    /**
     * The CloudEvents id. Deterministic, so that an event that is published again, by the same or another worker, can be
     * told from a new one: {@code <job id>/<what>} if terminal, else with what tells it from the others of its kind.
     */
    default String eventId() {
        return terminal() ? jobId() + "/" + type() : jobId() + "/" + type() + "/" + attempt();
    }

    /** Calls the visitor's method for this kind of event. */
    <T> T accept(Visitor<T> visitor);

    /** Inference really begins. */
    record Started(String jobId, int attempt, Optional<String> context, String worker, String model)
            implements JobEvent {
        public Started {
            EventRules.head(jobId, attempt, context);
            EventRules.text("worker", worker);
            EventRules.text("model", model);
        }

        @Override
        public String type() {
            return "started";
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.started(this);
        }
    }

    /**
     * Denoising goes on.
     *
     * @param step the steps done
     * @param preview the key of a small picture of the present state, in the bucket of the results
     */
    record Progress(String jobId, int attempt, Optional<String> context, int step, int steps, Optional<String> preview)
            implements JobEvent {
        public Progress {
            EventRules.head(jobId, attempt, context);
            EventRules.atLeast("step", 0, step);
            EventRules.atLeast("steps", Math.max(1, step), steps);
        }

        @Override
        public String type() {
            return "progress";
        }

        @Override
        public String eventId() {
            return jobId + "/progress/" + attempt + "/" + step;
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.progress(this);
        }
    }

    /**
     * The pictures and their manifest are in the bucket.
     *
     * @param noise that the pictures began with; empty if a worker wrote this that did not say it, or one that knows more
     * @param source the picture that they began with, if the job names one
     */
    record Completed(
            String jobId,
            int attempt,
            Optional<String> context,
            ModelRef model,
            Optional<Noise> noise,
            Optional<SourceImage> source,
            List<StoredImage> images,
            Timings timings)
            implements JobEvent {
        /** Of a job that names no picture to begin with. */
        public Completed(
                String jobId,
                int attempt,
                Optional<String> context,
                ModelRef model,
                Optional<Noise> noise,
                List<StoredImage> images,
                Timings timings) {
            this(jobId, attempt, context, model, noise, Optional.empty(), images, timings);
        }

        public Completed {
            EventRules.head(jobId, attempt, context);
            images = List.copyOf(images);
            EventRules.atLeast("images", 1, images.size());
        }

        @Override
        public String type() {
            return "completed";
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.completed(this);
        }
    }

    /**
     * No further attempt will be made.
     *
     * @param message for people; what is beyond 16,384 characters is cut off
     */
    record Failed(String jobId, int attempt, Optional<String> context, FailureCode code, String message)
            implements JobEvent {
        public Failed {
            EventRules.head(jobId, attempt, context);
            message = EventRules.message(message);
        }

        @Override
        public String type() {
            return "failed";
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.failed(this);
        }
    }

    /** This attempt failed; there will be another, not before the given time. */
    record Retrying(
            String jobId, int attempt, Optional<String> context, FailureCode code, String message, Instant notBefore)
            implements JobEvent {
        public Retrying {
            EventRules.head(jobId, attempt, context);
            message = EventRules.message(message);
        }

        @Override
        public String type() {
            return "retrying";
        }

        /** An attempt may fail several times; each failure has a time of its own. */
        @Override
        public String eventId() {
            return jobId + "/retrying/" + attempt + "/" + notBefore.toEpochMilli();
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.retrying(this);
        }
    }

    /**
     * A different job already has this id; the first job's outcome stands.
     *
     * @param jobHash SHA-256 of the refused job in its canonical form, 64 lower-case hex digits
     */
    record Rejected(
            String jobId, int attempt, Optional<String> context, FailureCode code, String message, String jobHash)
            implements JobEvent {
        public Rejected {
            EventRules.head(jobId, attempt, context);
            message = EventRules.message(message);
            EventRules.sha256("job_hash", jobHash);
        }

        @Override
        public String type() {
            return "rejected";
        }

        @Override
        public String eventId() {
            return jobId + "/rejected/" + jobHash;
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.rejected(this);
        }
    }

    /**
     * The job was cancelled on request.
     *
     * @param step the steps done by then
     */
    record Cancelled(String jobId, int attempt, Optional<String> context, int step) implements JobEvent {
        public Cancelled {
            EventRules.head(jobId, attempt, context);
            EventRules.atLeast("step", 0, step);
        }

        @Override
        public String type() {
            return "cancelled";
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.cancelled(this);
        }
    }

    /**
     * The job's deadline passed.
     *
     * @param step the steps done by then
     */
    record Expired(String jobId, int attempt, Optional<String> context, int step) implements JobEvent {
        public Expired {
            EventRules.head(jobId, attempt, context);
            EventRules.atLeast("step", 0, step);
        }

        @Override
        public String type() {
            return "expired";
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.expired(this);
        }
    }

    /** One answer for each kind of event. */
    interface Visitor<T> {
        T started(Started event);

        T progress(Progress event);

        T completed(Completed event);

        T failed(Failed event);

        T retrying(Retrying event);

        T rejected(Rejected event);

        T cancelled(Cancelled event);

        T expired(Expired event);
    }
}
