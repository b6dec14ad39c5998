package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.TopicsConfig;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A record of the dead letters' topic: the job as it came, and headers that say what became of it. A worker wrote it, or
 * the broker, or anyone: none of it can be trusted.
 *
 * @param record the letter itself
 */
public record DeadLetter(JobRecord record) {
    /** The broker's own headers, on letters that it wrote when a job was delivered too often. */
    private static final String BROKER_TOPIC = "__dlq.errors.topic";

    private static final String BROKER_PARTITION = "__dlq.errors.partition";
    private static final String BROKER_OFFSET = "__dlq.errors.offset";
    private static final String BROKER_MESSAGE = "__dlq.errors.message";

    /** What says how a job fared; a job that begins anew has none of it. */
    private static final Set<String> HISTORY = Set.of(
            DeadLetters.ERROR_CODE,
            DeadLetters.ERROR,
            DeadLetters.ORIGIN_TOPIC,
            DeadLetters.ORIGIN_PARTITION,
            DeadLetters.ORIGIN_OFFSET,
            DeadLetters.VALUE_OMITTED,
            RetryHeaders.ATTEMPT,
            RetryHeaders.NOT_BEFORE,
            RetryHeaders.ORIGIN,
            DeferralHeaders.DEFERRED,
            DeferralHeaders.ENQUEUED,
            BROKER_TOPIC,
            BROKER_PARTITION,
            BROKER_OFFSET,
            BROKER_MESSAGE,
            "__dlq.errors.group",
            "__dlq.errors.delivery.count");

    /** Where the job lay when it failed. */
    public record Origin(String topic, int partition, long offset) {
        @Override
        public String toString() {
            return topic + "-" + partition + "@" + offset;
        }
    }

    public LetterPosition position() {
        return new LetterPosition(record.partition(), record.offset());
    }

    /** The failure's code as the header has it; empty on a letter of the broker's. */
    public Optional<String> code() {
        return text(DeadLetters.ERROR_CODE);
    }

    /** The failure in words. */
    public Optional<String> reason() {
        return text(DeadLetters.ERROR).or(() -> text(BROKER_MESSAGE));
    }

    /** The attempt that failed, as the header has it. */
    public Optional<String> attempt() {
        return text(DeadLetters.ATTEMPT);
    }

    /** Empty when the headers do not say it, or not in full. */
    public Optional<Origin> origin() {
        return origin(DeadLetters.ORIGIN_TOPIC, DeadLetters.ORIGIN_PARTITION, DeadLetters.ORIGIN_OFFSET)
                .or(() -> origin(BROKER_TOPIC, BROKER_PARTITION, BROKER_OFFSET));
    }

    private Optional<Origin> origin(String topic, String partition, String offset) {
        Optional<Long> partitionNumber =
                record.header(partition).flatMap(RetryHeaders::number).filter(number -> number <= Integer.MAX_VALUE);
        Optional<Long> offsetNumber = record.header(offset).flatMap(RetryHeaders::number);
        return text(topic)
                .flatMap(name -> partitionNumber.flatMap(
                        number -> offsetNumber.map(position -> new Origin(name, number.intValue(), position))));
    }

    /** Whether the broker wrote it: then no worker has told anyone how the job ended. */
    public boolean isBrokers() {
        return code().isEmpty() && record.header(BROKER_TOPIC).isPresent();
    }

    /** Whether the job's bytes are not in it, because its topic did not take them. */
    public boolean isWithoutValue() {
        return record.header(DeadLetters.VALUE_OMITTED).isPresent();
    }

    /**
     * The job as it was sent first: key, value and other headers as they are, nothing of what became of it. It goes to the
     * topic that it came from, if that is a lane's, else to the normal lane's.
     */
    public OutgoingRecord again(TopicsConfig topics) {
        String topic = Stream.of(DeadLetters.ORIGIN_TOPIC, BROKER_TOPIC)
                .flatMap(header -> text(header).stream())
                .filter(topics.lanes()::containsValue)
                .findFirst()
                .orElse(topics.jobs());
        return new OutgoingRecord(topic, record.key(), record.value(), RetryHeaders.without(HISTORY, record));
    }

    private Optional<String> text(String header) {
        return record.header(header).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
}
