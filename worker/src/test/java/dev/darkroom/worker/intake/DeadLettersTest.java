package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.intake.DeadLetters.Extent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeadLettersTest {
    private static final byte[] VALUE = {(byte) 0xff, 0, (byte) 0xc3, 0x28};

    private final DeadLetters letters = new DeadLetters("dlq.jobs");

    @Test
    void aDeadLetterIsTheRecordByteForByteWithItsCause() {
        OutgoingRecord letter = letters.of(
                record(), FailureCode.INVALID_JOB, "prompt is missing; width must be 64-2048", 3, Extent.WHOLE);

        assertThat(letter.topic()).isEqualTo("dlq.jobs");
        assertThat(letter.key()).hasValueSatisfying(key -> assertThat(key).isEqualTo(bytes("key")));
        assertThat(letter.value()).isEqualTo(VALUE);
        assertThat(letter.headers()).hasSize(7);
        assertThat(headers(letter))
                .containsEntry("traceparent", "kept")
                .containsEntry("darkroom-error-code", "INVALID_JOB")
                .containsEntry("darkroom-error", "prompt is missing; width must be 64-2048")
                .containsEntry("darkroom-attempt", "3")
                .containsEntry("darkroom-origin-topic", "jobs")
                .containsEntry("darkroom-origin-partition", "2")
                .containsEntry("darkroom-origin-offset", "41");
    }

    @Test
    void aValueThatIsLeftOutIsNamedWithItsLength() {
        OutgoingRecord letter = letters.of(record(), FailureCode.INTERNAL, "odd", 1, Extent.WITHOUT_VALUE);

        assertThat(letter.value()).isEmpty();
        assertThat(headers(letter)).containsEntry("darkroom-value-omitted", "4").containsEntry("traceparent", "kept");
    }

    @Test
    void theCauseAloneHasNoHeadersOfTheJob() {
        OutgoingRecord letter = letters.of(record(), FailureCode.INTERNAL, "odd", 1, Extent.CAUSE_ONLY);

        assertThat(headers(letter))
                .doesNotContainKey("traceparent")
                .containsEntry("darkroom-error", "odd")
                .containsEntry("darkroom-value-omitted", "4");
    }

    /** Else a topic that takes no such record would keep the job, and its worker, for ever. */
    @Test
    void theCauseAloneIsSmallWhateverTheRecord() {
        byte[] large = new byte[1 << 20];
        JobRecord hostile = new JobRecord(
                "jobs",
                0,
                1,
                Optional.of(large),
                VALUE,
                List.of(
                        new JobRecord.Header("darkroom-mine", large),
                        new JobRecord.Header("darkroom-" + "x".repeat(100_000), new byte[0])),
                Instant.EPOCH,
                1);

        OutgoingRecord letter = letters.of(hostile, FailureCode.INVALID_JOB, "odd", 1, Extent.CAUSE_ONLY);

        assertThat(letter.key()).isEmpty();
        assertThat(headers(letter))
                .containsOnlyKeys(
                        "darkroom-error-code",
                        "darkroom-error",
                        "darkroom-attempt",
                        "darkroom-origin-topic",
                        "darkroom-origin-partition",
                        "darkroom-origin-offset",
                        "darkroom-value-omitted");
        assertThat(letters.of(record(), FailureCode.INTERNAL, "odd", 1, Extent.CAUSE_ONLY)
                        .key())
                .as("an id")
                .isPresent();
    }

    @Test
    void aLongMessageIsCut() {
        OutgoingRecord letter = letters.of(record(), FailureCode.INTERNAL, "x".repeat(10_000), 1, Extent.WHOLE);

        assertThat(headers(letter)).containsEntry("darkroom-error", "x".repeat(4096));
    }

    private static JobRecord record() {
        return new JobRecord(
                "jobs",
                2,
                41,
                Optional.of(bytes("key")),
                VALUE,
                List.of(
                        new JobRecord.Header("traceparent", bytes("kept")),
                        new JobRecord.Header("darkroom-attempt", bytes("banana"))),
                Instant.EPOCH,
                1);
    }

    private static Map<String, String> headers(OutgoingRecord record) {
        Map<String, String> headers = new HashMap<>();
        record.headers()
                .forEach(header -> headers.put(header.name(), new String(header.value(), StandardCharsets.UTF_8)));
        return headers;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
