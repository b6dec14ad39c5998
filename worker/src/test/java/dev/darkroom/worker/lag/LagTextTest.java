package dev.darkroom.worker.lag;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.client.Lane;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LagTextTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final LagReading READING = new LagReading(
            NOW,
            Map.of(
                    Lane.NORMAL, new LagReading.LaneLag(31, 4, 812.4, Optional.of(NOW.minusSeconds(90)), 6.77),
                    Lane.HIGH, new LagReading.LaneLag(0, 0, 0, Optional.empty(), 0)),
            new LagReading.Later(2, 30),
            4,
            7,
            Map.of("a \"b\"\\\n", new LagReading.ModelTime(0.014, 20)));

    @Test
    void theJsonHasAllThatIsKnown() throws IOException {
        JsonNode json = json(new LagStatus(Optional.of(READING), Optional.empty(), 0), NOW.plusSeconds(2));

        assertThat(json).isEqualTo(new JsonMapper().readTree("""
                {"desired_replicas": 7, "seconds": 812.4, "jobs": 31, "in_flight": 4, "busy_workers": 4,
                 "later": {"jobs": 2, "seconds": 30.0},
                 "lanes": {
                   "high": {"jobs": 0, "in_flight": 0, "seconds": 0.0, "oldest_seconds": 0.0, "replicas": 0.0},
                   "normal": {"jobs": 31, "in_flight": 4, "seconds": 812.4, "oldest_seconds": 90.0, "replicas": 6.77}},
                 "models": {"a \\"b\\"\\\\\\n": {"step_seconds": 0.014, "jobs": 20}},
                 "age_seconds": 2.0, "stale": false}
                """));
    }

    @Test
    void beforeTheFirstReadingThereIsNoNumber() throws IOException {
        JsonNode json = json(LagStatus.NOTHING, NOW);

        assertThat(json.has("desired_replicas")).isFalse();
        assertThat(json.get("stale").asBoolean()).isTrue();
        assertThat(LagText.metrics(LagStatus.NOTHING, NOW))
                .contains("sd_lag_up 0.0\n")
                .doesNotContain("replicas");
    }

    @Test
    void anOldReadingIsStaleWhetherOrNotThereWasAFailure() throws IOException {
        LagStatus status = new LagStatus(Optional.of(READING), Optional.empty(), 0);

        assertThat(status.stale(NOW.plusSeconds(15))).isEmpty();
        JsonNode json = json(status, NOW.plusSeconds(16));
        assertThat(json.get("stale").asBoolean()).isTrue();
        assertThat(json.get("error").asText()).contains("too long");
        assertThat(json.get("desired_replicas").asInt()).isEqualTo(7);
    }

    /** Who sends a job may say when it was, where the broker lets him. */
    @Test
    void aJobOfAnyTimeIsTold() throws IOException {
        for (Instant sent :
                new Instant[] {Instant.ofEpochMilli(Long.MAX_VALUE), Instant.parse("0001-01-01T00:00:00Z")}) {
            LagReading.LaneLag lag = new LagReading.LaneLag(1, 0, 5, Optional.of(sent), 1);
            LagReading reading = new LagReading(NOW, Map.of(Lane.LOW, lag), new LagReading.Later(0, 0), 0, 1, Map.of());
            LagStatus status = new LagStatus(Optional.of(reading), Optional.empty(), 0);

            assertThat(json(status, NOW).at("/lanes/low/oldest_seconds").asDouble())
                    .isNotNegative();
            assertThat(LagText.metrics(status, NOW)).contains("sd_lag_oldest_job_seconds{lane=\"low\"} ");
        }
    }

    @Test
    void metricsAreWhatPrometheusReads() {
        String text = LagText.metrics(new LagStatus(Optional.of(READING), Optional.empty(), 3), NOW);

        assertThat(text)
                .contains(
                        "# TYPE sd_lag_read_failures_total counter\nsd_lag_read_failures_total 3\n",
                        "# TYPE sd_lag_jobs gauge\nsd_lag_jobs{lane=\"high\"} 0.0\nsd_lag_jobs{lane=\"normal\"} 31.0\n",
                        "sd_lag_oldest_job_seconds{lane=\"normal\"} 90.0\n",
                        "sd_lag_step_seconds{model=\"a \\\"b\\\"\\\\\\n\"} 0.014\n",
                        "sd_lag_desired_replicas 7.0\n")
                .endsWith("\n");
        assertThat(text.lines())
                .allMatch(line -> line.matches("# (HELP|TYPE) sd_lag_\\w+ .+|sd_lag_\\w+(\\{.*})? -?[0-9.E-]+"));
    }

    private static JsonNode json(LagStatus status, Instant now) throws IOException {
        return new JsonMapper().readTree(LagText.json(status, now));
    }
}
