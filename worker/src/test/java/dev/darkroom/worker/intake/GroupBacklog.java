package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How much of a queue of one partition is not settled, as the broker has it written down. */
public final class GroupBacklog implements AutoCloseable {
    private final KafkaConfig kafka;
    private final DeliveryConfig.Mode mode;
    private final TopicPartition jobs;
    private final Admin admin;

    public GroupBacklog(KafkaConfig kafka, DeliveryConfig.Mode mode) {
        this.kafka = kafka;
        this.mode = mode;
        this.jobs = new TopicPartition(kafka.topics().jobs(), 0);
        this.admin = Admin.create(kafka.clientProperties());
    }

    /** Records that are not settled. */
    public long records() throws Exception {
        return mode == DeliveryConfig.Mode.CLASSIC ? end() - committed() : shareLag();
    }

    private long end() throws Exception {
        return admin.listOffsets(Map.of(jobs, OffsetSpec.latest()))
                .partitionResult(jobs)
                .get(30, TimeUnit.SECONDS)
                .offset();
    }

    private long committed() throws Exception {
        OffsetAndMetadata offset = admin.listConsumerGroupOffsets(kafka.group())
                .partitionsToOffsetAndMetadata()
                .get(30, TimeUnit.SECONDS)
                .get(jobs);
        return offset == null ? 0 : offset.offset();
    }

    /** The start offset alone would not do: the broker writes it down with the next settlement. */
    private long shareLag() throws Exception {
        SharePartitionOffsetInfo info = admin.listShareGroupOffsets(
                        Map.of(kafka.group(), new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(kafka.group())
                .get(30, TimeUnit.SECONDS)
                .get(jobs);
        return info == null || info.lag().isEmpty() ? end() : info.lag().get();
    }

    @Override
    public void close() {
        admin.close();
    }
}
