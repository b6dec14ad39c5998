package dev.darkroom.worker.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every publisher of events must do. */
abstract class EventPublisherContract {
    static final String SOURCE = "worker-1";
    static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private EventPublisher publisher;

    /** A record as a consumer sees it. */
    record Published(String key, Map<String, String> headers, String value) {
        String what() {
            return headers.get("ce_type");
        }
    }

    /** A publisher whose source is {@link #SOURCE} and whose clock stands at {@link #NOW}. */
    abstract EventPublisher newPublisher() throws Exception;

    /** What was published so far, at least {@code count} records, in order. */
    abstract List<Published> published(int count) throws Exception;

    @BeforeEach
    void create() throws Exception {
        publisher = newPublisher();
    }

    @AfterEach
    void close() {
        publisher.close();
    }

    @Test
    void anEventIsThereWhenItsStageCompletes() throws Exception {
        await(publisher.publish(failed("job-1"), TraceContext.NONE));

        Published event = published(1).get(0);

        assertThat(event.key()).isEqualTo("job-1");
        assertThat(event.headers())
                .containsEntry("ce_id", "job-1/failed")
                .containsEntry("ce_source", SOURCE)
                .containsEntry("ce_time", NOW.toString())
                .containsEntry("ce_subject", "job-1")
                .containsEntry("ce_type", "dev.darkroom.job.failed.v1")
                .containsEntry("ce_specversion", "1.0")
                .containsEntry("content-type", "application/json")
                .doesNotContainKey("traceparent");
        assertThat(event.value()).contains("INTERNAL");
    }

    @Test
    void eventsOfAJobKeepTheirOrder() throws Exception {
        publisher.publish(started("job-1"), TraceContext.NONE);
        for (int step = 1; step <= 20; step++) {
            publisher.publish(progress("job-1", step), TraceContext.NONE);
        }
        await(publisher.publish(failed("job-1"), TraceContext.NONE));

        List<String> ids = published(22).stream()
                .map(event -> event.headers().get("ce_id"))
                .toList();

        List<String> expected = new ArrayList<>(List.of("job-1/started/1"));
        for (int step = 1; step <= 20; step++) {
            expected.add("job-1/progress/1/" + step);
        }
        expected.add("job-1/failed");
        assertThat(ids).containsExactlyElementsOf(expected);
    }

    @Test
    void theJobsTraceIsCarriedOn() throws Exception {
        TraceContext context = TraceContext.of(Optional.of(bytes(TRACEPARENT)), Optional.of(bytes("vendor=value")));

        await(publisher.publish(failed("job-1"), context));

        assertThat(published(1).get(0).headers())
                .containsEntry("traceparent", TRACEPARENT)
                .containsEntry("ce_traceparent", TRACEPARENT)
                .containsEntry("tracestate", "vendor=value");
    }

    @Test
    void anEventPublishedAgainHasTheSameId() throws Exception {
        await(publisher.publish(failed("job-1"), TraceContext.NONE));
        await(publisher.publish(failed("job-1"), TraceContext.NONE));

        assertThat(published(2))
                .extracting(event -> event.headers().get("ce_id"))
                .containsOnly("job-1/failed");
    }

    @Test
    void closingPublishesWhatWaits() throws Exception {
        for (int step = 1; step <= 50; step++) {
            publisher.publish(progress("job-1", step), TraceContext.NONE);
        }

        publisher.close();

        assertThat(published(50)).hasSize(50);
    }

    @Test
    void aClosedPublisherRefuses() throws Exception {
        publisher.close();

        publisher.publish(started("job-1"), TraceContext.NONE);

        assertThatThrownBy(() -> await(publisher.publish(failed("job-1"), TraceContext.NONE)))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(EventException.class);
        assertThat(published(0)).isEmpty();
    }

    static EventRecords records(String topic) {
        return new EventRecords(topic, SOURCE, InstantSource.fixed(NOW));
    }

    static JobEvent started(String job) {
        return new JobEvent.Started(job, 1, Optional.empty(), SOURCE, "shapes");
    }

    static JobEvent progress(String job, int step) {
        return new JobEvent.Progress(job, 1, Optional.empty(), step, 50, Optional.empty());
    }

    static JobEvent failed(String job) {
        return new JobEvent.Failed(job, 1, Optional.empty(), FailureCode.INTERNAL, "went wrong");
    }

    static void await(CompletionStage<Void> stage) throws Exception {
        stage.toCompletableFuture().get(40, TimeUnit.SECONDS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
