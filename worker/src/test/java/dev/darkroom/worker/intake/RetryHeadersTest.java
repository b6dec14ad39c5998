package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.config.TopicsConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryHeadersTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final TopicsConfig TOPICS =
            QueueFixture.config("localhost:9092").topics();

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 4", "20, 20", "007, 7"})
    void anAttemptIsRead(String written, int attempt) {
        assertThat(RetryHeaders.attempt(record(RetryHeaders.ATTEMPT, written))).isEqualTo(attempt);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"banana", "", "0", "-1", "21", "1.5", " 2", "2 ", "99999999999999999999", "\u0663", "0x2", "1e1"
            })
    void anAttemptThatIsNoneIsTheFirst(String written) {
        assertThat(RetryHeaders.attempt(record(RetryHeaders.ATTEMPT, written))).isEqualTo(1);
    }

    @Test
    void aJobThatWasNeverTriedIsOnItsFirstAttempt() {
        assertThat(RetryHeaders.attempt(record(List.of()))).isEqualTo(1);
    }

    @Test
    void ofSeveralHeadersTheLastCounts() {
        assertThat(RetryHeaders.attempt(
                        record(List.of(header(RetryHeaders.ATTEMPT, "2"), header(RetryHeaders.ATTEMPT, "3")))))
                .isEqualTo(3);
    }

    @Test
    void aTimeIsRead() {
        Instant soon = NOW.plusSeconds(30);

        assertThat(RetryHeaders.due(record(RetryHeaders.NOT_BEFORE, Long.toString(soon.toEpochMilli())), NOW))
                .isEqualTo(soon);
    }

    @ParameterizedTest
    @ValueSource(strings = {"banana", "", "-5", "99999999999999999999", "2026-01-01T00:01:00Z"})
    void aTimeThatIsNoneIsNow(String written) {
        assertThat(RetryHeaders.due(record(RetryHeaders.NOT_BEFORE, written), NOW))
                .isEqualTo(NOW);
        assertThat(RetryHeaders.due(record(List.of()), NOW)).isEqualTo(NOW);
    }

    @Test
    void noRecordWaitsLongerThanTheLongestWait() {
        assertThat(RetryHeaders.due(record(RetryHeaders.NOT_BEFORE, "999999999999999999"), NOW))
                .isEqualTo(NOW.plus(Duration.ofMinutes(12)));
    }

    @Test
    void aJobGoesBackOnlyToATopicThatJobsAreTakenFrom() {
        for (String lane : TOPICS.lanes().values()) {
            assertThat(RetryHeaders.origin(record(RetryHeaders.ORIGIN, lane), TOPICS))
                    .isEqualTo(lane);
            assertThat(new DeadLetter(record(DeadLetters.ORIGIN_TOPIC, lane))
                            .again(TOPICS)
                            .topic())
                    .isEqualTo(lane);
        }
        for (String elsewhere : List.of("payments", TOPICS.events(), TOPICS.retry(), "", "\u0000")) {
            assertThat(RetryHeaders.origin(record(RetryHeaders.ORIGIN, elsewhere), TOPICS))
                    .isEqualTo(TOPICS.jobs());
        }
        assertThat(RetryHeaders.origin(record(List.of()), TOPICS)).isEqualTo(TOPICS.jobs());
    }

    @Test
    void aRetryIsTheJobAsItCameWithThreeHeadersOfItsOwn() {
        byte[] value = {(byte) 0xff, 0, 1};
        byte[] key = {(byte) 0xfe};
        JobRecord job = new JobRecord(
                TOPICS.jobs(),
                0,
                7,
                Optional.of(key),
                value,
                List.of(
                        header("traceparent", "kept"),
                        header(RetryHeaders.ATTEMPT, "2"),
                        header("twice", "a"),
                        header(RetryHeaders.ORIGIN, "payments"),
                        header("twice", "b"),
                        header(RetryHeaders.NOT_BEFORE, "1")),
                NOW,
                3);

        OutgoingRecord retry = RetryHeaders.retry(job, NOW.plusSeconds(5), TOPICS);

        assertThat(retry.topic()).isEqualTo(TOPICS.retry());
        assertThat(retry.key()).contains(key);
        assertThat(retry.value()).isSameAs(value);
        assertThat(retry.headers().stream()
                        .map(header -> header.name() + "=" + new String(header.value(), StandardCharsets.UTF_8)))
                .containsExactly(
                        "traceparent=kept",
                        "twice=a",
                        "twice=b",
                        "darkroom-attempt=3",
                        "darkroom-not-before=" + NOW.plusSeconds(5).toEpochMilli(),
                        "darkroom-origin=" + TOPICS.jobs());
    }

    private static JobRecord.Header header(String name, String value) {
        return new JobRecord.Header(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static JobRecord record(String name, String value) {
        return record(List.of(header(name, value)));
    }

    private static JobRecord record(List<JobRecord.Header> headers) {
        return new JobRecord("retry", 0, 0, Optional.empty(), new byte[0], headers, NOW, 1);
    }
}
