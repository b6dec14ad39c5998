package dev.darkroom.worker.lag;

import dev.darkroom.client.Lane;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.json.EventCodec;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.intake.DeferralHeaders;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.lag.Window.Waiting;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Reads records from outside, within the memory of a small process. Stateless. */
final class RecordReader {
    /**
     * Larger ones are not looked into. A job's texts fit, even with every character escaped; and what JSON becomes in
     * memory is a multiple of it.
     */
    private static final int MOST_BYTES = 128 << 10;

    private RecordReader() {}

    /** A record that waits. One that is no job takes a worker no time, an unusually large one what a usual job takes. */
    static Waiting waiting(JobRecord record, Lane lane, Instant due) {
        if (record.value().length > MOST_BYTES) {
            return waiting(record, lane, due, Optional.empty(), Optional.of(JobSize.USUAL), Optional.empty());
        }
        try {
            GenerationJob job = JobCodec.decode(record.value());
            return waiting(record, lane, due, Optional.of(job.id()), Optional.of(JobSize.of(job)), job.deadline());
        } catch (InvalidJobException e) {
            return waiting(record, lane, due, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    private static Waiting waiting(
            JobRecord record,
            Lane lane,
            Instant due,
            Optional<String> id,
            Optional<JobSize> size,
            Optional<Instant> deadline) {
        Instant enqueued = DeferralHeaders.enqueued(record);
        return new Waiting(record.offset(), lane, id, size, record.timestamp(), enqueued, due, deadline);
    }

    /** An event that says that a job begins or ends; empty for all others, and for what is none. */
    static Optional<CloudEvent> event(JobRecord record) {
        Map<String, String> headers = new HashMap<>();
        record.headers()
                .forEach(header -> headers.put(header.name(), new String(header.value(), StandardCharsets.UTF_8)));
        if (record.value().length > MOST_BYTES
                || headers.getOrDefault("ce_type", "").contains(".progress.")) {
            return Optional.empty();
        }
        try {
            return Optional.of(EventCodec.read(headers, record.value(), record.timestamp()));
        } catch (InvalidEventException e) {
            return Optional.empty();
        }
    }
}
