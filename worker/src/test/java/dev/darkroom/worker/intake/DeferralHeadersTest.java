package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.config.TopicsConfig;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeferralHeadersTest {
    private static final Instant SENT = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATER = SENT.plusSeconds(60);
    private static final TopicsConfig TOPICS =
            QueueFixture.config("localhost:9092").topics();

    @Test
    void aDeferredJobIsTheSameButForItsCountAndTheTimeItWasSent() {
        JobRecord job = record(SENT, header("tenant", "a"), header("darkroom-attempt", "2"), header("own", "x"));
        OutgoingRecord deferred = DeferralHeaders.defer(job).orElseThrow();

        assertThat(deferred.topic()).isEqualTo("lane");
        assertThat(deferred.key()).isEqualTo(job.key());
        assertThat(deferred.value()).isSameAs(job.value());
        assertThat(text(deferred.headers()))
                .containsExactly(
                        "tenant=a",
                        "darkroom-attempt=2",
                        "own=x",
                        "darkroom-deferred=1",
                        "darkroom-enqueued=" + SENT.toEpochMilli());
    }

    @Test
    void itsWaitIsCountedFromTheFirstTime() {
        JobRecord again = again(record(SENT), LATER);
        assertThat(DeferralHeaders.enqueued(again)).isEqualTo(SENT);
        assertThat(text(DeferralHeaders.defer(again).orElseThrow().headers()))
                .containsExactly("darkroom-deferred=2", "darkroom-enqueued=" + SENT.toEpochMilli());
    }

    @Test
    void aJobIsDeferredABoundedNumberOfTimes() {
        JobRecord job = record(SENT);
        for (int i = 0; i < DeferralHeaders.MOST_DEFERRALS; i++) {
            job = again(job, LATER);
        }
        assertThat(DeferralHeaders.defer(job)).isEmpty();
        assertThat(DeferralHeaders.defer(record(SENT, header("darkroom-deferred", "99999999999999"))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"banana", "", "-5", "99999999999999999999", "1e3"})
    void whatIsNoNumberCountsAsAbsent(String written) {
        JobRecord job = record(SENT, header("darkroom-deferred", written), header("darkroom-enqueued", written));
        assertThat(DeferralHeaders.deferrals(job)).isZero();
        assertThat(DeferralHeaders.enqueued(job)).isEqualTo(SENT);
    }

    @Test
    void noJobWasSentAfterItCame() {
        JobRecord job = record(SENT, header("darkroom-enqueued", Long.toString(LATER.toEpochMilli())));
        assertThat(DeferralHeaders.enqueued(job)).isEqualTo(SENT);
    }

    @Test
    void aRetryKeepsTheCountAndHasATimeOfItsOwn() {
        JobRecord deferred = again(record(SENT), LATER);
        assertThat(text(RetryHeaders.retry(deferred, LATER, TOPICS).headers()))
                .contains("darkroom-deferred=1")
                .noneMatch(header -> header.startsWith("darkroom-enqueued"));
    }

    @Test
    void aDeadLetterThatIsSentBackBeginsAnew() {
        JobRecord letter = again(record(SENT, header("own", "x")), LATER);
        assertThat(text(new DeadLetter(letter).again(TOPICS).headers())).containsExactly("own=x");
    }

    /** As it comes back. */
    private static JobRecord again(JobRecord job, Instant time) {
        OutgoingRecord deferred = DeferralHeaders.defer(job).orElseThrow();
        return new JobRecord(
                deferred.topic(), 0, job.offset() + 1, deferred.key(), deferred.value(), deferred.headers(), time, 1);
    }

    private static JobRecord record(Instant time, JobRecord.Header... headers) {
        return new JobRecord("lane", 0, 7, Optional.of(bytes("key")), bytes("value"), List.of(headers), time, 1);
    }

    private static JobRecord.Header header(String name, String value) {
        return new JobRecord.Header(name, bytes(value));
    }

    private static List<String> text(List<JobRecord.Header> headers) {
        List<String> text = new ArrayList<>();
        headers.forEach(header -> text.add(header.name() + "=" + new String(header.value(), StandardCharsets.UTF_8)));
        return text;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
