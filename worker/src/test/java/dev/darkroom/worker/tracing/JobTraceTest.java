package dev.darkroom.worker.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.ops.BegunJob;
import dev.darkroom.worker.ops.JobWatch;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is left of a delivery that ends before its time. */
class JobTraceTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    static Stream<Arguments> ends() {
        return Stream.of(
                end("handed_back", JobWatch::handedBack),
                end("lost", JobWatch::leaseLost),
                end("handed_back", JobWatch::close),
                end(
                        "cancelled",
                        watch ->
                                watch.ended(new JobEvent.Cancelled("other", 1, Optional.empty(), 3), Optional.empty())),
                end(
                        "expired",
                        watch -> watch.ended(new JobEvent.Expired("other", 1, Optional.empty(), 3), Optional.empty())));
    }

    private static Arguments end(String outcome, Consumer<JobWatch> end) {
        return Arguments.of(outcome, end);
    }

    @ParameterizedTest
    @MethodSource("ends")
    void whateverEndsADeliveryEndsItsSpansAndItIsNobodysNeighbour(String outcome, Consumer<JobWatch> end)
            throws Exception {
        try (OtlpCollector collector = new OtlpCollector()) {
            try (Traces traces = Traces.open(collector.environment(), "worker-1", "1", InstantSource.system())
                    .orElseThrow()) {
                traces.shareCalls(() -> List.of("one", "other"));
                JobTrace one = denoising(traces, "one");
                JobTrace other = denoising(traces, "other");
                end.accept(other);
                other.enters("upload"); // its thread does not know yet
                other.stepped(2);
                other.close();
                one.stepped(1);
                one.close();
            }
            List<Span> spans = collector.await(all -> all.size() >= 8, LIMIT);
            assertThat(spans)
                    .extracting(Span::getName)
                    .containsExactlyInAnyOrder(
                            "process jobs", "queue", "admit", "denoise", "process jobs", "queue", "admit", "denoise");
            assertThat(spans).allSatisfy(span -> assertThat(span.getLinksList()).isEmpty());
            assertThat(spans)
                    .allSatisfy(span ->
                            assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET));
            assertThat(spans.stream()
                            .map(span -> OtlpCollector.attributes(span.getAttributesList()))
                            .filter(attributes -> "other".equals(attributes.get("darkroom.job.id"))))
                    .singleElement()
                    .satisfies(attributes -> assertThat(attributes).containsEntry("darkroom.outcome", outcome));
        }
    }

    private static JobTrace denoising(Traces traces, String id) {
        JobTrace job = traces.job(new Delivery("jobs", 0, 7, Lane.NORMAL, 1, 1, Instant.now(), TraceContext.NONE));
        job.identified(id);
        job.begins(new BegunJob(id, 1, "shapes", "ddim", 64, 64, 20, 1));
        job.enters("denoise");
        return job;
    }

    @Test
    void aJobThatCannotBeSentSaysSoAndNoWordOfIt() throws Exception {
        try (OtlpCollector collector = new OtlpCollector()) {
            try (Traces traces = Traces.open(collector.environment(), "worker-1", "1", InstantSource.system())
                    .orElseThrow()) {
                try (Sending sending = traces.send("jobs", "one", TraceContext.NONE)) {
                    sending.failed(new IllegalStateException("zyzzyva"));
                }
            }
            Span span = collector.await(all -> all.size() == 1, LIMIT).get(0);
            assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
            assertThat(OtlpCollector.attributes(span.getAttributesList()))
                    .containsEntry("error.type", "java.lang.IllegalStateException");
            assertThat(collector.everything()).doesNotContain("zyzzyva");
        }
    }
}
