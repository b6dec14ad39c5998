package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** A share consumer whose polls and verdicts a test lays out, and which tells what it was asked to do. */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // One thread polls; what it shares with the test is a queue.
final class ScriptedConsumer extends MockShareConsumer<byte[], byte[]> {
    private static final TopicPartition PARTITION = new TopicPartition("jobs", 0);

    private final BlockingQueue<List<Long>> polls = new LinkedBlockingQueue<>();
    private final BlockingQueue<Map<TopicIdPartition, Optional<KafkaException>>> verdicts = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> done = new LinkedBlockingQueue<>();
    private final CountDownLatch polled = new CountDownLatch(1);
    private volatile KafkaException failure;
    private volatile boolean forgetful;
    private List<Long> renewed = List.of();

    /** A further poll returns records at these offsets; polls without such go on to what was renewed. */
    ScriptedConsumer returning(Long... offsets) {
        polls.add(List.of(offsets));
        return this;
    }

    /** A further commit has this outcome; those without succeed. */
    ScriptedConsumer refusing(KafkaException verdict) {
        verdicts.add(Map.of(new TopicIdPartition(Uuid.ZERO_UUID, PARTITION), Optional.of(verdict)));
        return this;
    }

    /** Renewed records are not returned. */
    ScriptedConsumer forgetting() {
        forgetful = true;
        return this;
    }

    /** Every further poll throws. */
    ScriptedConsumer failing(KafkaException thrown) {
        failure = thrown;
        return this;
    }

    /** What the consumer was asked to do next: {@code renew 4}, {@code commit}, {@code close}. */
    String next() throws InterruptedException {
        return done.poll(20, TimeUnit.SECONDS);
    }

    /** The next that is no renewal: there is one each third of the lock for as long as the test takes. */
    String nextButRenewals() throws InterruptedException {
        String next = next();
        while (next != null && next.startsWith("renew")) {
            next(); // its commit
            next = next();
        }
        return next;
    }

    /** What it was asked to do besides, so far. */
    List<String> rest() {
        List<String> rest = new ArrayList<>();
        done.drainTo(rest);
        return rest;
    }

    /** Waits for the first poll. */
    void awaitPoll() throws InterruptedException {
        polled.await(20, TimeUnit.SECONDS);
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        polled.countDown();
        if (failure != null) {
            throw failure;
        }
        List<Long> offsets = polls.poll();
        if (offsets == null && !renewed.isEmpty()) {
            offsets = renewed;
            renewed = List.of();
        }
        if (offsets == null) {
            offsets = next(polls, timeout);
        }
        return offsets == null
                ? ConsumerRecords.empty()
                : new ConsumerRecords<>(
                        Map.of(
                                PARTITION,
                                offsets.stream().map(ScriptedConsumer::record).toList()),
                        Map.of());
    }

    private static <T> T next(BlockingQueue<T> queue, Duration timeout) {
        try {
            return queue.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset) {
        return new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), offset, new byte[0], new byte[0]);
    }

    @Override
    public void acknowledge(ConsumerRecord<byte[], byte[]> record, AcknowledgeType type) {
        done.add(type + " " + record.offset());
        renewed = type == AcknowledgeType.RENEW && !forgetful ? List.of(record.offset()) : renewed;
    }

    @Override
    public Map<TopicIdPartition, Optional<KafkaException>> commitSync(Duration timeout) {
        done.add("commit");
        Map<TopicIdPartition, Optional<KafkaException>> verdict = verdicts.poll();
        return verdict == null ? Map.of(new TopicIdPartition(Uuid.ZERO_UUID, PARTITION), Optional.empty()) : verdict;
    }

    @Override
    public Optional<Integer> acquisitionLockTimeoutMs() {
        return Optional.empty();
    }

    @Override
    public void close(Duration timeout) {
        done.add("close");
    }
}
