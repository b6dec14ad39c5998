package dev.darkroom.worker.intake;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record of a jobs topic as it came, undecoded: nothing in it can be trusted. The arrays are shared, not copied, and
 * must not be written to.
 *
 * @param value the job; empty when the record had none
 * @param timestamp when the record was produced, by the producer's or the broker's clock
 * @param deliveryCount how often the job was handed out, this time included
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody; a copy of every job's bytes would buy nothing.
public record JobRecord(
        String topic,
        int partition,
        long offset,
        Optional<byte[]> key,
        byte[] value,
        List<Header> headers,
        Instant timestamp,
        int deliveryCount) {
    /** A header; its value is empty when it had none. */
    @SuppressWarnings("ArrayRecordComponent") // As above.
    public record Header(String name, byte[] value) {
        static Optional<byte[]> last(List<Header> headers, String name) {
            Optional<byte[]> last = Optional.empty();
            for (Header header : headers) {
                if (header.name().equals(name)) {
                    last = Optional.of(header.value());
                }
            }
            return last;
        }
    }

    public JobRecord {
        headers = List.copyOf(headers);
        if (partition < 0 || offset < 0 || deliveryCount < 1) {
            throw new IllegalArgumentException(
                    "Partition and offset must be at least 0 and the delivery count 1, but are " + partition + ", "
                            + offset + " and " + deliveryCount);
        }
    }

    /**
     * The record as a consumer read it.
     *
     * @param deliveryCount how often it was handed out, this time included; 1 where nobody counts
     */
    public static JobRecord of(ConsumerRecord<byte[], byte[]> record, int deliveryCount) {
        List<Header> headers = new ArrayList<>();
        record.headers().forEach(header -> headers.add(new Header(header.key(), orEmpty(header.value()))));
        return new JobRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                Optional.ofNullable(record.key()),
                orEmpty(record.value()),
                headers,
                Instant.ofEpochMilli(Math.max(0, record.timestamp())),
                deliveryCount);
    }

    private static byte[] orEmpty(byte @Nullable [] bytes) {
        return bytes == null ? new byte[0] : bytes;
    }

    /** The value of the last header of a name, as Kafka's clients read it. */
    public Optional<byte[]> header(String name) {
        return Header.last(headers, name);
    }

    /** The same for every delivery of this record, and for no other: a topic made anew begins at offset 0 again. */
    public String name() {
        return position() + "@" + timestamp.toEpochMilli();
    }

    /** Where the record lies, for messages: {@code darkroom.jobs-0@42}. */
    public String position() {
        return topic + "-" + partition + "@" + offset;
    }
}
