package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.JobRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LetterLineTest {
    /** A list keeps many of them at once. */
    @Test
    void aLineIsShortWhateverTheHeaders() {
        byte[] large = "x".repeat(1_000_000).getBytes(StandardCharsets.UTF_8);
        byte[] one = "1".getBytes(StandardCharsets.UTF_8);
        List<JobRecord.Header> headers = List.of(
                new JobRecord.Header("darkroom-error-code", large),
                new JobRecord.Header("darkroom-error", large),
                new JobRecord.Header("darkroom-attempt", large),
                new JobRecord.Header("darkroom-origin-topic", large),
                new JobRecord.Header("darkroom-origin-partition", one),
                new JobRecord.Header("darkroom-origin-offset", one));
        JobRecord record = new JobRecord("dlq", 0, 7, Optional.empty(), large, headers, Instant.EPOCH, 1);

        LetterLine line = LetterLine.of(new DeadLetter(record));

        assertThat(line.origin()).isPresent();
        assertThat(line.code().orElseThrow()).hasSize(4096);
        assertThat(line.json()).hasSizeLessThan(20_000);
        assertThat(line.text()).hasSizeLessThan(20_000);
    }
}
