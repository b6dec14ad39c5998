package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.intake.WaitingRecords.Waiting;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class WaitingRecordsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final WaitingRecords waiting = new WaitingRecords(4, 10_000);

    @Test
    void theFirstOneDueLeavesFirst() {
        waiting.add(waiting(0, 0, 600, 0));
        waiting.add(waiting(0, 1, 5, 0));
        waiting.add(waiting(0, 2, 30, 0));
        waiting.add(waiting(0, 3, 5, 0));

        assertThat(waiting.nextDue()).contains(NOW.plusSeconds(5));
        assertThat(waiting.takeDue(NOW, 10)).isEmpty();
        assertThat(offsets(waiting.takeDue(NOW.plusSeconds(30), 2))).containsExactly(1L, 3L);
        assertThat(offsets(waiting.takeDue(NOW.plusSeconds(30), 2))).containsExactly(2L);
        assertThat(waiting.nextDue()).contains(NOW.plusSeconds(600));
    }

    @Test
    void manyRecordsFillIt() {
        for (int i = 0; i < 4; i++) {
            assertThat(waiting.isFull()).isFalse();
            waiting.add(waiting(0, i, i, 0));
        }
        assertThat(waiting.isFull()).isTrue();

        waiting.takeDue(NOW, 1);
        assertThat(waiting.isFull()).isFalse();
    }

    @Test
    void manyBytesFillIt() {
        waiting.add(waiting(0, 0, 0, 9_000));
        assertThat(waiting.isFull()).isFalse();
        waiting.add(waiting(0, 1, 1, 1_000));
        assertThat(waiting.isFull()).isTrue();

        waiting.takeDue(NOW, 1);
        assertThat(waiting.isFull()).isFalse();
    }

    @Test
    void whatIsForgottenTakesNoRoom() {
        waiting.add(waiting(0, 0, 0, 6_000));
        waiting.add(waiting(1, 0, 0, 6_000));
        assertThat(waiting.isFull()).isTrue();

        waiting.forget(List.of(new TopicPartition("retry", 0)));

        assertThat(waiting.isFull()).isFalse();
        assertThat(waiting.takeDue(NOW, 10))
                .singleElement()
                .satisfies(left -> assertThat(left.record().partition()).isEqualTo(1));
        assertThat(waiting.nextDue()).isEmpty();
    }

    private static List<Long> offsets(List<Waiting> records) {
        return records.stream().map(next -> next.record().offset()).toList();
    }

    private static Waiting waiting(int partition, long offset, int seconds, int bytes) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "retry",
                partition,
                offset,
                0,
                TimestampType.CREATE_TIME,
                -1,
                bytes,
                null,
                new byte[bytes],
                new RecordHeaders(),
                Optional.empty());
        return new Waiting(record, NOW.plusSeconds(seconds));
    }
}
