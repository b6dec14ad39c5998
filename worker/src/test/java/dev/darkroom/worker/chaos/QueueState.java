package dev.darkroom.worker.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.common.TopicPartition;

/** What the groups have left undone. For one thread. */
final class QueueState implements AutoCloseable {
    private static final String GROUP = "darkroom";
    private static final String JOBS = "darkroom.jobs";
    private static final String RETRY = "darkroom.retry";
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final String bootstrapServers;
    private final Admin admin;
    private final boolean shared;

    QueueState(String bootstrapServers, String delivery) {
        this.bootstrapServers = bootstrapServers;
        admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
        shared = delivery.equals("share");
    }

    /** Each partition of which something is left, with how much. */
    List<String> left() throws InterruptedException, ExecutionException {
        List<String> left = new ArrayList<>();
        if (shared) {
            addShareGroup(left);
        } else {
            addGroup(left, GROUP, JOBS);
        }
        addGroup(left, GROUP + "-retry", RETRY);
        return left;
    }

    /** By the lag: the start of what is not settled is written one settlement late. */
    private void addShareGroup(List<String> left) throws InterruptedException, ExecutionException {
        admin.listShareGroupOffsets(Map.of(GROUP, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(GROUP)
                .get()
                .forEach((partition, info) -> {
                    if (info == null || info.lag().isEmpty() || info.lag().get() != 0) {
                        left.add(partition + ": " + info);
                    }
                });
    }

    /** By the last record that was committed: what a transaction writes behind it is nobody's to settle. */
    private void addGroup(List<String> left, String group, String topic)
            throws InterruptedException, ExecutionException {
        Map<TopicPartition, Long> settled = new HashMap<>();
        admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, offset) -> settled.put(partition, offset == null ? 0 : offset.offset()));
        try (TopicReader reader = new TopicReader(bootstrapServers, topic)) {
            reader.rest(LIMIT);
            reader.ends().forEach((partition, end) -> {
                if (settled.getOrDefault(partition, 0L) < end) {
                    left.add(partition + ": " + (end - settled.getOrDefault(partition, 0L)));
                }
            });
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
