package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;

/** How producers are set up whose records must be with all in-sync replicas, once, before anything else is done. */
final class DurableProducer {
    private DurableProducer() {}

    /**
     * A client's properties.
     *
     * @param timeout how long one record may take; whoever wrote it tries again
     */
    static Map<String, Object> properties(KafkaConfig kafka, String clientId, Duration timeout) {
        int millis = Math.toIntExact(timeout.toMillis());
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, DeadLetters.MAX_REQUEST_BYTES);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L * DeadLetters.MAX_REQUEST_BYTES);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, millis / 2);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return properties;
    }
}
