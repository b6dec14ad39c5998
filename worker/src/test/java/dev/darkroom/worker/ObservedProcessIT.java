package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.tracing.OtlpCollector;
import io.opentelemetry.proto.trace.v1.Span;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is seen of the packaged jar: its log in JSON, and its spans, or that nothing of them is loaded. */
class ObservedProcessIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String TRACEPARENT = "00-" + TRACE + "-b7ad6b7169203331-01";
    private static final String PROMPT = "a red circle zyzzyva";

    @TempDir
    private Path folder;

    @Test
    void itsLogIsJsonAndItLoadsNothingThatItWasNotAskedFor() throws Exception {
        Path classes = folder.resolve("classes.txt");
        try (TestStack stack = new TestStack()) {
            Map<String, String> environment = stack.environment();
            environment.put("DARKROOM_LOG_FORMAT", "json");
            environment.put("OTEL_SERVICE_NAME", "names-no-exporter");
            environment.put("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + classes);
            try (WorkerProcess worker = WorkerProcess.start(folder, environment, "work")) {
                worker.awaitOutput("takes jobs", LIMIT);
                try (EventLog events = stack.events()) {
                    stack.send(traced("done", ",\"num_inference_steps\":2"));
                    assertThat(events.awaitEnd("done", LIMIT)).isInstanceOf(JobEvent.Completed.class);
                    stack.send(traced("bad", ",\"model\":\"no\\nsuch\""));
                    assertThat(events.awaitEnd("bad", LIMIT)).isInstanceOf(JobEvent.Failed.class);
                }
                worker.terminate();
                assertThat(worker.awaitExit(LIMIT)).isZero();
                assertThatTheLogIsJson(worker.output());
            }
        }
        assertThat(Files.readString(classes))
                .contains("dev.darkroom.worker.logging.JsonLines")
                .doesNotContain(" io.opentelemetry.", "dev.darkroom.worker.tracing.JobTrace");
    }

    private static ProducerRecord<byte[], byte[]> traced(String id, String more) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                "darkroom.jobs",
                id.getBytes(StandardCharsets.UTF_8),
                ("{\"id\":\"" + id + "\",\"prompt\":\"" + PROMPT + "\"" + more + "}").getBytes(StandardCharsets.UTF_8));
        record.headers().add("traceparent", TRACEPARENT.getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private static void assertThatTheLogIsJson(String output) throws Exception {
        assertThat(output).doesNotContain("zyzzyva");
        List<JsonNode> lines = new ArrayList<>();
        for (String line : output.lines()
                .filter(line -> !line.startsWith("NOTE: Picked up"))
                .toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        assertThat(lines)
                .allSatisfy(line -> assertThat(line.get("time").asText()).endsWith("Z"));
        assertThat(stages(lines, "done"))
                .containsExactly("taken", "prepared", "denoised", "decoded", "encoded", "uploaded", "settled");
        assertThat(stages(lines, "bad")).containsExactly("taken", "settled");
        assertThat(lines.stream().filter(line -> line.has("job")))
                .allSatisfy(line -> assertThat(line.get("trace_id").asText()).isEqualTo(TRACE));
        // Lines of other loggers, within the job's thread.
        assertThat(lines.stream()
                        .filter(line -> !line.has("stage") && line.has("job"))
                        .map(line -> line.get("message").asText()))
                .anyMatch(message -> message.startsWith("Job done: started"))
                .anyMatch(message -> message.startsWith("Job bad: failed"));
    }

    private static List<String> stages(List<JsonNode> lines, String job) {
        return lines.stream()
                .filter(line -> line.has("stage") && line.get("job").asText().equals(job))
                .map(line -> line.get("stage").asText())
                .toList();
    }

    @Test
    void aJobThatIsSubmittedIsOneTraceFromItsCallerToItsEnd() throws Exception {
        try (TestStack stack = new TestStack();
                OtlpCollector collector = new OtlpCollector()) {
            Map<String, String> environment = stack.environment();
            environment.putAll(collector.environment());
            try (WorkerProcess worker = WorkerProcess.start(folder, environment, "work")) {
                worker.awaitOutput("takes jobs", LIMIT);
                environment.put("TRACEPARENT", TRACEPARENT);
                try (WorkerProcess submit = WorkerProcess.start(
                        folder, environment, "submit", "--id=done", "--prompt=" + PROMPT, "--num-inference-steps=2")) {
                    assertThat(submit.awaitExit(LIMIT)).as(submit.output()).isZero();
                }
                Span settled = named(collector, "settle");
                worker.terminate();
                assertThat(worker.awaitExit(LIMIT)).as(worker.output()).isZero();

                Span send = named(collector, "send darkroom.jobs");
                Span process = named(collector, "process darkroom.jobs");
                assertThat(send.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_PRODUCER);
                assertThat(send.getParentSpanId().toByteArray())
                        .isEqualTo(HexFormat.of().parseHex("b7ad6b7169203331"));
                assertThat(process.getParentSpanId()).isEqualTo(send.getSpanId());
                assertThat(settled.getParentSpanId()).isEqualTo(process.getSpanId());
                assertThat(collector.spans())
                        .allSatisfy(span -> assertThat(span.getTraceId().toByteArray())
                                .isEqualTo(HexFormat.of().parseHex(TRACE)));
                assertThat(collector.everything()).doesNotContain("zyzzyva");
                assertThat(worker.output()).doesNotContain("zyzzyva").doesNotContain(" WARN ");
            }
        }
    }

    /** Whoever waits for the id waits for no collector. That the spans are lost is told when the process gives them up. */
    @Test
    void aJobsIdIsPrintedBeforeItsSpanIsSent() throws Exception {
        try (TestStack stack = new TestStack();
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Map<String, String> environment = stack.environment();
            try (WorkerProcess topics = WorkerProcess.start(folder, environment, "init")) {
                assertThat(topics.awaitExit(LIMIT)).as(topics.output()).isZero();
            }
            environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + silent.getLocalPort());
            environment.put("OTEL_EXPORTER_OTLP_TIMEOUT", "500");
            environment.put("OTEL_BSP_SCHEDULE_DELAY", "600000"); // at the end only
            try (WorkerProcess submit =
                    WorkerProcess.start(folder, environment, "submit", "--id=told", "--prompt=" + PROMPT)) {
                assertThat(submit.awaitExit(LIMIT)).as(submit.output()).isZero();

                List<String> lines = submit.output().lines().toList();
                assertThat(lines).anyMatch(line -> line.contains("Spans cannot be exported"));
                assertThat(lines.stream().takeWhile(line -> !line.contains("Spans cannot be exported")))
                        .contains("told");
            }
        }
    }

    private static Span named(OtlpCollector collector, String name) throws InterruptedException {
        return collector
                .await(spans -> spans.stream().anyMatch(span -> span.getName().equals(name)), LIMIT)
                .stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
