package dev.darkroom.worker.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.darkroom.client.Lane;
import dev.darkroom.event.TraceContext;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class TracesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** The time that a close may take, and as much again for a machine that is busy. */
    private static final Duration CLOSE = Duration.ofSeconds(10);

    private static final Logger LOG = (Logger) LoggerFactory.getLogger("dev.darkroom.worker.tracing");

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        LOG.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        LOG.detachAppender(log);
    }

    private List<String> logged() {
        return List.copyOf(log.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static Optional<Traces> open(Map<String, String> environment) {
        return Traces.open(environment, "worker-1", "1.2.3", InstantSource.system());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "OTEL_SERVICE_NAME=x",
                "OTEL_EXPORTER_OTLP_ENDPOINT= ",
                "OTEL_TRACES_EXPORTER=none",
                "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 OTEL_SDK_DISABLED=true",
                "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 OTEL_TRACES_EXPORTER=none"
            })
    void withoutAnExporterThereAreNone(String settings) {
        Map<String, String> environment = new HashMap<>();
        for (String setting : settings.split(" ", -1)) {
            int at = setting.indexOf('=');
            if (at > 0) {
                environment.put(setting.substring(0, at), setting.substring(at + 1));
            }
        }
        assertThat(open(environment)).isEmpty();
    }

    @Test
    void aProcessSaysWhichItIs() throws Exception {
        try (OtlpCollector collector = new OtlpCollector()) {
            Map<String, String> environment = new HashMap<>(collector.environment());
            environment.put("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
            try (Traces traces = open(environment).orElseThrow()) {
                traces.send("jobs", "job", TraceContext.NONE).close();
            }
            collector.await(spans -> spans.size() == 1, LIMIT);
            assertThat(collector.processes().get(0))
                    .containsEntry("service.name", "darkroom-worker")
                    .containsEntry("service.instance.id", "worker-1")
                    .containsEntry("service.version", "1.2.3")
                    .containsEntry("deployment.environment.name", "test");
        }
    }

    @Test
    void aCollectorThatIsAwayIsToldOfOnceAndHoldsNothingUp() throws Exception {
        Traces traces = open(Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://127.0.0.1:1",
                        "OTEL_BSP_SCHEDULE_DELAY",
                        "10",
                        "OTEL_JAVA_EXPORTER_OTLP_RETRY_DISABLED",
                        "true"))
                .orElseThrow();
        sendMany(traces);
        Instant before = Instant.now();
        traces.close();
        assertThat(Duration.between(before, Instant.now())).isLessThan(CLOSE);
        assertThat(logged()).hasSize(1).first().asString().contains("Spans cannot be exported");
    }

    @Test
    void aCollectorThatDoesNotAnswerHoldsNothingUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Traces traces = open(Map.of(
                            "OTEL_EXPORTER_OTLP_ENDPOINT",
                            "http://127.0.0.1:" + silent.getLocalPort(),
                            "OTEL_BSP_SCHEDULE_DELAY",
                            "10"))
                    .orElseThrow();
            sendMany(traces);
            Instant before = Instant.now();
            traces.close();
            assertThat(Duration.between(before, Instant.now())).isLessThan(CLOSE);
        }
    }

    /** More than the queue takes. Were each to wait for a place in it, a collector that does not answer would hold it up for longer. */
    private static void sendMany(Traces traces) {
        traces.send("jobs", "first", TraceContext.NONE).close(); // the SDK is set up by now
        Instant before = Instant.now();
        for (int i = 0; i < 5000; i++) {
            traces.send("jobs", "job-" + i, TraceContext.NONE).close();
        }
        assertThat(Duration.between(before, Instant.now())).isLessThan(LIMIT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_TRACES_SAMPLER=nonsense"})
    void settingsThatMakeNoSenseAreToldAndThereAreNoSpans(String setting) {
        String[] parts = setting.split("=", -1);
        Traces traces = open(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317", parts[0], parts[1]))
                .orElseThrow();
        TraceContext given = TraceContext.of(
                Optional.of(
                        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".getBytes(StandardCharsets.US_ASCII)),
                Optional.empty());
        try (JobTrace job = traces.job(delivery(given))) {
            assertThat(job.trace()).isEqualTo(given);
            job.identified("job");
            job.enters("denoise");
            job.stepped(1);
        }
        traces.close();
        assertThat(logged()).hasSize(1).first().asString().contains("There will be no spans");
    }

    private static Delivery delivery(TraceContext trace) {
        return new Delivery("jobs", 0, 7, Lane.HIGH, 1, 1, Instant.now(), trace);
    }

    @Test
    void aSenderOfTheFutureHasNotWaitedForTheJob() throws Exception {
        try (OtlpCollector collector = new OtlpCollector()) {
            Instant future = Instant.now().plusSeconds(3600);
            try (Traces traces = open(collector.environment()).orElseThrow()) {
                traces.job(new Delivery("jobs", 0, 7, Lane.LOW, 2, 3, future, TraceContext.NONE))
                        .close();
            }
            assertThat(collector.await(spans -> spans.size() == 3, LIMIT))
                    .allSatisfy(span -> assertThat(span.getEndTimeUnixNano() - span.getStartTimeUnixNano())
                            .isBetween(0L, LIMIT.toNanos()));
        }
    }
}
