package dev.darkroom.worker;

import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.storage.S3ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Accepts the records of a topic one by one, for ever, and puts some objects of a kilobyte into the bucket for each.
 * Arguments: servers, topic, group, objects.
 */
final class BareConsumerMain {
    private static final byte[] OBJECT = new byte[1024];

    private BareConsumerMain() {}

    public static void main(String[] args) throws StorageException {
        Map<String, Object> properties = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                args[0],
                ConsumerConfig.GROUP_ID_CONFIG,
                args[2],
                ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG,
                "explicit",
                ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG,
                "record_limit",
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                1);
        int objects = Integer.parseInt(args[3]);
        try (S3ResultStore bucket =
                        new S3ResultStore(ConfigLoader.load(Optional.empty(), System.getenv(), Map.of(), "bare")
                                .s3());
                KafkaShareConsumer<byte[], byte[]> consumer = new KafkaShareConsumer<>(
                        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(args[1]));
            System.out.println("takes jobs from " + args[1]);
            while (true) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    for (int i = 0; i < objects; i++) {
                        bucket.putIfAbsent(args[2] + "/" + record.offset() + "/" + i, OBJECT, "image/png");
                    }
                    consumer.acknowledge(record, AcknowledgeType.ACCEPT);
                }
                consumer.commitSync();
            }
        }
    }
}
