package dev.darkroom.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchReportTest {
    @Test
    void aBucketThatIsNotNextDoorIsSaid() {
        BenchReport report = report(Duration.ofMillis(30));

        assertThat(report.json().get("bucket_latency_ms").asInt()).isEqualTo(30);
        assertThat(text(report)).contains("bucket          30 ms farther away");
    }

    @Test
    void ofOneThatIsTheTableSaysNothing() {
        BenchReport report = report(Duration.ZERO);

        assertThat(report.json().get("bucket_latency_ms").intValue()).isZero();
        assertThat(text(report))
                .contains("jobs            20 after 5, arrivals all, seed 7")
                .doesNotContain("farther");
    }

    private static String text(BenchReport report) {
        StringWriter text = new StringWriter();
        report.print(new PrintWriter(text));
        return text.toString();
    }

    private static BenchReport report(Duration bucketLatency) {
        BenchReport.Conditions conditions = new BenchReport.Conditions(
                "shapes",
                "cpu",
                2,
                "low",
                "strict",
                20,
                Optional.of(5),
                "all",
                Optional.empty(),
                Optional.empty(),
                7,
                bucketLatency);
        Percentiles times = new Percentiles(100, 200, 300);
        Figures figures = new Figures(Duration.ofSeconds(10), 2, 0.5, times, times, times, 50);
        return new BenchReport(conditions, new BenchReport.Run("worker", "0", figures), Optional.empty());
    }
}
