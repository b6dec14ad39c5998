package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.LanesConfig;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sources whose process ends as soon as the brokers have a job's last record of a certain topic. */
public final class FatalSources {
    private static final LanesConfig ONE_JOB = new LanesConfig(1, 0, 1, 0);

    private FatalSources() {}

    /** A source that holds one lease at a time, of the kind that the settings name. */
    public static JobSource of(KafkaConfig kafka, DeliveryConfig delivery, String clientId, String topic) {
        Map<String, String> properties = new HashMap<>(kafka.properties());
        properties.put(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG, FatalRecords.class.getName());
        properties.put(FatalRecords.TOPIC, topic);
        KafkaConfig fatal = new KafkaConfig(kafka.bootstrapServers(), properties, kafka.topics(), kafka.group());
        if (delivery.mode() == DeliveryConfig.Mode.CLASSIC) {
            return new ConsumerGroupSource(fatal, delivery, ONE_JOB, clientId);
        }
        // A share consumer takes no interceptors, so only the producer gets it.
        RecordWriter writer = new RecordWriter(new KafkaProducer<>(
                LastRecords.producerProperties(fatal, clientId), new ByteArraySerializer(), new ByteArraySerializer()));
        return new ShareGroupSource(kafka, delivery, ONE_JOB, clientId, writer);
    }
}
