package dev.darkroom.worker.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What the groups have left undone. For one thread. */
final class QueueState implements AutoCloseable {
    private static final String GROUP = "darkroom";
    private static final String JOBS = "darkroom.jobs";
    private static final String RETRY = "darkroom.retry";

    private final Admin admin;
    private final boolean shared;

    QueueState(String bootstrapServers, String delivery) {
        admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
        shared = delivery.equals("share");
    }

    /** Each partition of which something is left, with how much. */
    List<String> left() throws InterruptedException, ExecutionException {
        List<String> left = new ArrayList<>();
        ends(JOBS)
                .forEach(
                        (partition, end) -> add(left, partition, end - settled().getOrDefault(partition, 0L)));
        Map<TopicPartition, Long> moved = committed(GROUP + "-retry");
        ends(RETRY).forEach((partition, end) -> {
            // Behind the last record of a transaction lies its marker, which is nobody's to move.
            long unmoved = end - moved.getOrDefault(partition, 0L);
            add(left, partition, shared ? unmoved : unmoved - 1);
        });
        return left;
    }

    private static void add(List<String> left, TopicPartition partition, long count) {
        if (count > 0) {
            left.add(partition + ": " + count);
        }
    }

    private Map<TopicPartition, Long> settled() {
        try {
            return shared ? shareOffsets() : committed(GROUP);
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError("The group cannot be looked up", e);
        }
    }

    private Map<TopicPartition, Long> shareOffsets() throws InterruptedException, ExecutionException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        admin.listShareGroupOffsets(Map.of(GROUP, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(GROUP)
                .get()
                .forEach((partition, info) -> {
                    if (info != null) {
                        offsets.put(partition, info.startOffset());
                    }
                });
        return offsets;
    }

    private Map<TopicPartition, Long> committed(String group) throws InterruptedException, ExecutionException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get()
                .entrySet()) {
            if (entry.getValue() != null) {
                offsets.put(entry.getKey(), entry.getValue().offset());
            }
        }
        return offsets;
    }

    private Map<TopicPartition, Long> ends(String topic) throws InterruptedException, ExecutionException {
        List<TopicPartition> partitions =
                admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
                        .map(info -> new TopicPartition(topic, info.partition()))
                        .toList();
        return admin
                .listOffsets(partitions.stream()
                        .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest())))
                .all()
                .get()
                .entrySet()
                .stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().offset()));
    }

    @Override
    public void close() {
        admin.close();
    }
}
