package dev.darkroom.worker.lag;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.client.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** What the exporter knows, as JSON and in Prometheus' text format. Stateless. */
final class LagText {
    private static final JsonMapper JSON = new JsonMapper();

    private LagText() {}

    /** One object; with the last values, if there are any, even when they are stale. */
    static String json(LagStatus status, Instant now) {
        ObjectNode json = JSON.createObjectNode();
        status.last().ifPresent(reading -> put(json, reading));
        status.age(now).ifPresent(age -> json.put("age_seconds", rounded(seconds(age))));
        Optional<String> stale = status.stale(now);
        json.put("stale", stale.isPresent());
        stale.ifPresent(why -> json.put("error", why));
        try {
            return JSON.writeValueAsString(json) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree in memory cannot be written as JSON", e);
        }
    }

    private static void put(ObjectNode json, LagReading reading) {
        json.put("desired_replicas", reading.desiredReplicas());
        json.put("seconds", rounded(reading.seconds()));
        json.put("jobs", reading.jobs());
        json.put("in_flight", reading.inFlight());
        json.put("busy_workers", reading.busyWorkers());
        json.putObject("later")
                .put("jobs", reading.later().jobs())
                .put("seconds", rounded(reading.later().seconds()));
        ObjectNode lanes = json.putObject("lanes");
        reading.lanes()
                .forEach((lane, lag) -> lanes.putObject(lane.label())
                        .put("jobs", lag.jobs())
                        .put("in_flight", lag.inFlight())
                        .put("seconds", rounded(lag.seconds()))
                        .put("oldest_seconds", rounded(oldest(lag, reading.at())))
                        .put("replicas", rounded(lag.replicas())));
        ObjectNode models = json.putObject("models");
        reading.models()
                .forEach((model, time) -> models.putObject(model)
                        .put("step_seconds", time.stepSeconds())
                        .put("jobs", time.jobs()));
    }

    /**
     * Prometheus' text format 0.0.4. A stale reading has no series: whoever scales by one must come to no number instead of
     * an old one.
     */
    static String metrics(LagStatus status, Instant now) {
        Metrics metrics = new Metrics();
        boolean fresh = status.stale(now).isEmpty();
        metrics.gauge("sd_lag_up", "Whether the queue could be read within the last 15 s", fresh ? 1 : 0);
        metrics.counter("sd_lag_read_failures_total", "Readings that failed", status.failures());
        status.age(now).ifPresent(age -> metrics.gauge("sd_lag_age_seconds", "Age of the last reading", seconds(age)));
        status.last().filter(reading -> fresh).ifPresent(reading -> put(metrics, reading));
        return metrics.text();
    }

    private static void put(Metrics metrics, LagReading reading) {
        metrics.gauge("sd_lag_desired_replicas", "Workers that the queue's work takes", reading.desiredReplicas());
        metrics.gauge("sd_lag_busy_workers", "Workers that have a job", reading.busyWorkers());
        metrics.gauge("sd_lag_later_jobs", "Jobs whose next attempt is not due yet", (double)
                reading.later().jobs());
        metrics.gauge("sd_lag_later_seconds", "What they take", reading.later().seconds());
        metrics.head("sd_lag_jobs", "gauge", "Jobs that have not ended");
        reading.lanes().forEach((lane, lag) -> metrics.of(lane, "sd_lag_jobs", (double) lag.jobs()));
        metrics.head("sd_lag_in_flight_jobs", "gauge", "Jobs that run");
        reading.lanes().forEach((lane, lag) -> metrics.of(lane, "sd_lag_in_flight_jobs", (double) lag.inFlight()));
        metrics.head("sd_lag_seconds", "gauge", "Seconds of a worker that the jobs take");
        reading.lanes().forEach((lane, lag) -> metrics.of(lane, "sd_lag_seconds", lag.seconds()));
        metrics.head("sd_lag_oldest_job_seconds", "gauge", "How long the oldest waiting job has waited");
        reading.lanes()
                .forEach((lane, lag) -> metrics.of(lane, "sd_lag_oldest_job_seconds", oldest(lag, reading.at())));
        metrics.head("sd_lag_step_seconds", "gauge", "What a step of one picture of 512x512 takes");
        reading.models()
                .forEach((model, time) -> metrics.of("model", model, "sd_lag_step_seconds", time.stepSeconds()));
    }

    private static double oldest(LagReading.LaneLag lag, Instant now) {
        return lag.oldest()
                .map(since -> Math.max(0, seconds(Duration.between(since, now))))
                .orElse(0.0);
    }

    /** Of times that senders choose too, whose nanoseconds no long would hold. */
    private static double seconds(Duration duration) {
        return duration.getSeconds() + duration.getNano() / 1e9;
    }

    private static double rounded(double seconds) {
        return Math.round(seconds * 1000) / 1000.0;
    }

    /** Writes one series after the other. */
    private static final class Metrics {
        private final StringBuilder text = new StringBuilder();

        void gauge(String name, String help, double value) {
            head(name, "gauge", help);
            text.append(name).append(' ').append(value).append('\n');
        }

        void counter(String name, String help, long value) {
            head(name, "counter", help);
            text.append(name).append(' ').append(value).append('\n');
        }

        void head(String name, String type, String help) {
            text.append(String.format(Locale.ROOT, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type));
        }

        void of(Lane lane, String name, double value) {
            of("lane", lane.label(), name, value);
        }

        void of(String label, String labelValue, String name, double value) {
            String escaped =
                    labelValue.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
            text.append(name)
                    .append('{')
                    .append(label)
                    .append("=\"")
                    .append(escaped)
                    .append("\"} ")
                    .append(value)
                    .append('\n');
        }

        String text() {
            return text.toString();
        }
    }
}
