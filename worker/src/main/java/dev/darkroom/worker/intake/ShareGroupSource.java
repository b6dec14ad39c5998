package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Takes jobs from a Kafka share group: the broker locks each record to one worker and counts its deliveries.
 *
 * <p>One slot is one consumer with one thread, and holds one lease at a time ({@link LeaseLoop} says why). {@code
 * capacity} slots hold as many leases.
 */
public final class ShareGroupSource implements JobSource {
    /** A poll that spans the time between two heartbeats keeps a member alive that waits for a lease's end. */
    private static final int LEAST_POLL_INTERVAL_MILLIS = 300_000;

    private final List<LeaseLoop> slots;
    private final CompletableFuture<Void> ended;

    /**
     * Makes a source that takes nothing before {@link #start}.
     *
     * @param capacity leases held at once
     * @param clientId names the consumers at the broker and in their threads
     */
    public ShareGroupSource(KafkaConfig kafka, DeliveryConfig delivery, int capacity, String clientId) {
        if (capacity < 1 || capacity > 1000) {
            throw new IllegalArgumentException("The capacity must be 1-1000, but is " + capacity);
        }
        this.slots = IntStream.range(0, capacity)
                .mapToObj(slot -> new LeaseLoop(
                        () -> consumer(kafka, delivery, clientId + "-" + slot),
                        kafka.topics().jobs(),
                        delivery.lockDuration(),
                        "intake-" + slot))
                .toList();
        List<CompletableFuture<Void>> ends =
                slots.stream().map(LeaseLoop::ended).toList();
        this.ended = CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0]));
        for (CompletableFuture<Void> end : ends) {
            // One slot that cannot go on is reported at once, not when all have ended.
            var unused = end.whenComplete((done, failure) -> {
                if (failure != null) {
                    ended.completeExceptionally(failure);
                }
            });
        }
    }

    @Override
    public void start(Consumer<Lease> receiver) {
        slots.forEach(slot -> slot.start(receiver));
    }

    @Override
    public void stopTaking() {
        List<CompletableFuture<Void>> stopped = new ArrayList<>();
        slots.forEach(slot -> stopped.add(slot.stopTaking()));
        stopped.forEach(CompletableFuture::join);
    }

    @Override
    public CompletionStage<Void> ended() {
        return ended.minimalCompletionStage();
    }

    @Override
    public void close() {
        slots.forEach(LeaseLoop::requestClose);
        slots.forEach(LeaseLoop::awaitEnd);
    }

    private static ShareConsumer<byte[], byte[]> consumer(KafkaConfig kafka, DeliveryConfig delivery, String clientId) {
        Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, kafka.group());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        properties.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
        // Exactly one record a fetch: the default mode takes all of a producer's batch from the other workers.
        properties.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        properties.put(
                ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG,
                Math.max(
                        LEAST_POLL_INTERVAL_MILLIS,
                        Math.toIntExact(delivery.lockDuration().toMillis())));
        return new KafkaShareConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
