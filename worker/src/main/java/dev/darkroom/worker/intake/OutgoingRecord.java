package dev.darkroom.worker.intake;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record that a job leaves behind when it ends: its event, its dead letter, its retry. The arrays are shared, not
 * copied, and must not be written to.
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody; a copy of every job's bytes would buy nothing.
public record OutgoingRecord(String topic, Optional<byte[]> key, byte[] value, List<JobRecord.Header> headers) {
    public OutgoingRecord {
        headers = List.copyOf(headers);
    }

    /** The value of the last header of a name, as Kafka's clients read it. */
    public Optional<byte[]> header(String name) {
        return JobRecord.Header.last(headers, name);
    }

    ProducerRecord<byte[], byte[]> forProducer() {
        @Nullable Integer anyPartition = null;
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, anyPartition, key.orElse(null), value);
        headers.forEach(header -> record.headers().add(header.name(), header.value()));
        return record;
    }
}
