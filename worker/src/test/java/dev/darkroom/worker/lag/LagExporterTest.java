package dev.darkroom.worker.lag;

import static dev.darkroom.worker.lag.LagQueue.job;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.client.Lane;
import dev.darkroom.embedded.EmbeddedKafka;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exporter as KEDA, Prometheus and Kubernetes ask it. */
class LagExporterTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    private Path data;

    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    @Test
    void whileTheBrokerIsAwayItSaysSoAndNeverZero() throws Exception {
        EmbeddedKafka kafka = EmbeddedKafka.start(data);
        try (LagQueue queue = new LagQueue(kafka.bootstrapServers(), "share");
                LagExporter exporter = LagExporter.start(
                        queue.config(), () -> Instant.now().plus(ahead.get()), Duration.ofMillis(200))) {
            queue.send(Lane.NORMAL, job("a"));
            await(exporter, "/lag", 200, body -> body.contains("\"jobs\":1,"));
            assertThat(get(exporter, "/readyz").statusCode()).isEqualTo(200);
            assertThat(get(exporter, "/metrics").body())
                    .contains("sd_lag_up 1.0\n", "sd_lag_desired_replicas 1.0\n", "sd_lag_jobs{lane=\"normal\"} 1.0\n");

            int port = kafka.port();
            kafka.close();
            await(exporter, "/metrics", 200, body -> !body.contains("sd_lag_read_failures_total 0\n"));
            ahead.set(Duration.ofSeconds(16));

            HttpResponse<String> away = get(exporter, "/lag");
            assertThat(away.statusCode()).isEqualTo(503);
            JsonNode last = JSON.readTree(away.body());
            assertThat(last.get("desired_replicas").asInt()).isEqualTo(1);
            assertThat(last.get("stale").asBoolean()).isTrue();
            assertThat(last.get("age_seconds").asDouble()).isGreaterThanOrEqualTo(15);
            assertThat(last.get("error").asText()).isNotEmpty();
            assertThat(get(exporter, "/readyz").statusCode()).isEqualTo(503);
            assertThat(get(exporter, "/livez").statusCode()).isEqualTo(200);
            assertThat(get(exporter, "/metrics").body())
                    .contains("sd_lag_up 0.0\n", "sd_lag_age_seconds")
                    .doesNotContain("sd_lag_desired_replicas", "sd_lag_jobs");

            kafka = EmbeddedKafka.start(data, port, Map.of());
            queue.send(Lane.NORMAL, job("b"));
            await(exporter, "/lag", 200, body -> body.contains("\"jobs\":2,"));
        } finally {
            kafka.close();
        }
    }

    /** What made one reading fail would make the next one fail too: it is not read again. */
    @Test
    void aReadingThatFailsIsNotTriedForEver() throws Exception {
        AtomicBoolean failed = new AtomicBoolean();
        try (EmbeddedKafka kafka = EmbeddedKafka.start(data);
                LagQueue queue = new LagQueue(kafka.bootstrapServers(), "share")) {
            queue.sendMany(3);
            try (LagExporter exporter = LagExporter.start(
                    queue.config(),
                    () -> {
                        if (Thread.currentThread().getName().equals("lag") && failed.compareAndSet(false, true)) {
                            throw new ArithmeticException("as a record that cannot be reckoned with");
                        }
                        return Instant.now();
                    },
                    Duration.ofMillis(200))) {
                double unread = 3 * 25 * 0.2; // as usual jobs
                await(exporter, "/lag", 200, body -> body.contains("\"seconds\":" + unread + ",\"jobs\":3,"));
            }
        }
    }

    private void await(LagExporter exporter, String path, int status, Predicate<String> condition) throws Exception {
        Instant limit = Instant.now().plus(LIMIT);
        HttpResponse<String> last = get(exporter, path);
        while (last.statusCode() != status || !condition.test(last.body())) {
            assertThat(Instant.now()).as(path + " answered " + last.body()).isBefore(limit);
            last = get(exporter, path);
        }
    }

    private HttpResponse<String> get(LagExporter exporter, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + exporter.port() + path))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
