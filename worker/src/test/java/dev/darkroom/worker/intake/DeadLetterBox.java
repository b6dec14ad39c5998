package dev.darkroom.worker.intake;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Dead letters without a broker, for tests of what writes them. */
public final class DeadLetterBox {
    private final MockProducer<byte[], byte[]> producer;
    private final DeadLetters letters;

    /**
     * Makes an empty box.
     *
     * @param refused asked before a letter is written, by its failure code
     * @param written told afterwards
     */
    public DeadLetterBox(Predicate<String> refused, Consumer<String> written) {
        producer =
                new MockProducer<>(
                        true, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer()) {
                    @Override
                    public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> letter) {
                        if (refused.test(code(letter))) {
                            throw new TimeoutException("No broker has it");
                        }
                        Future<RecordMetadata> done = super.send(letter);
                        written.accept(code(letter));
                        return done;
                    }
                };
        letters = new DeadLetters(producer, QueueFixture.config("localhost:9092"));
    }

    public DeadLetters letters() {
        return letters;
    }

    /** Everything so far, in order. */
    public List<ProducerRecord<byte[], byte[]>> all() {
        return producer.history();
    }

    private static String code(ProducerRecord<byte[], byte[]> letter) {
        return new String(letter.headers().lastHeader(DeadLetters.ERROR_CODE).value(), StandardCharsets.UTF_8);
    }
}
