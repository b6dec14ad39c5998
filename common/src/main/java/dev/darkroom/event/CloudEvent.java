package dev.darkroom.event;

import java.time.Instant;

/**
 * A job's event as it was published: what CloudEvents 1.0 puts around it.
 *
 * @param id the same for the same event, whoever publishes it; see {@link JobEvent#eventId}
 * @param source who published it: the worker
 * @param time when it was published, by the worker's clock
 */
public record CloudEvent(String id, String source, Instant time, JobEvent event) {}
