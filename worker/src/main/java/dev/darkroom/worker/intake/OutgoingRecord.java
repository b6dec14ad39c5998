package dev.darkroom.worker.intake;

import java.util.List;
import java.util.Optional;

/**
 * A record that is to be written. The arrays are shared, not copied, and must not be written to.
 *
 * @param value as it is sent; may be empty
 * @param headers in order; names may repeat
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody; a copy of every job's bytes would buy nothing.
public record OutgoingRecord(String topic, Optional<byte[]> key, byte[] value, List<JobRecord.Header> headers) {
    public OutgoingRecord {
        headers = List.copyOf(headers);
    }
}
