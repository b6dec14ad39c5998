package dev.darkroom.worker.lag;

import static dev.darkroom.worker.lag.LagQueue.job;
import static dev.darkroom.worker.lag.LagQueue.settle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.intake.Lease;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class ShareGroupLagTest extends LagContract {
    @Override
    String delivery() {
        return "share";
    }

    @Test
    void jobsThatEndOutOfOrderAreSubtracted() throws Exception {
        queue.send(Lane.NORMAL, job("first"));
        queue.send(Lane.NORMAL, job("second"));
        queue.startWorkers(2);
        Lease one = queue.take();
        Lease other = queue.take();
        Lease second = one.record().offset() > other.record().offset() ? one : other;

        settle(second);

        assertThat(awaitJobs(1).jobs()).isEqualTo(1);
    }

    /** What ends a transaction has an offset too, and nobody settles it. */
    @Test
    void theMarkOfATransactionIsNoJob() throws Exception {
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers(),
                        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                        queue.config().kafka().group()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(
                            queue.config().kafka().topics().jobs(), JobCodec.encode(job("in-transaction"))))
                    .get(30, TimeUnit.SECONDS);
            producer.commitTransaction();
        }
        assertThat(reader.read().jobs()).isEqualTo(1);
        queue.startWorkers(1);

        settle(queue.take());

        assertThat(awaitJobs(0).desiredReplicas()).isZero();
    }
}
