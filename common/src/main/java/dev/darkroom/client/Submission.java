package dev.darkroom.client;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * A job that the broker has.
 *
 * @param partition of the jobs topic that it lies in
 * @param offset in that partition
 * @param eventsFrom where the events topic ended before the job was sent: all events of the job lie behind
 */
public record Submission(String jobId, int partition, long offset, Map<TopicPartition, Long> eventsFrom) {
    public Submission {
        eventsFrom = Map.copyOf(eventsFrom);
    }
}
