package dev.darkroom.worker.intake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;

/**
 * Writes the last records of the jobs of a share group, to all in-sync replicas. Thread-safe; sending may wait for
 * brokers that are away, so it has a thread of its own. What waits is bounded by the leases that are held.
 */
final class RecordWriter implements AutoCloseable {
    private final Producer<byte[], byte[]> producer;
    private final ExecutorService sender;

    /** Takes the producer over. */
    RecordWriter(Producer<byte[], byte[]> producer) {
        this.producer = producer;
        this.sender = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "last-records");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Writes records in their order.
     *
     * @return completes when the brokers have all of them; exceptionally, with an {@link IntakeException}, when that is
     *     not certain of each
     */
    CompletableFuture<Void> write(List<OutgoingRecord> records) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        try {
            sender.execute(() -> send(records, written));
        } catch (RejectedExecutionException e) {
            written.completeExceptionally(LastRecords.failure(new IllegalStateException("the source is closed", e)));
        }
        return written;
    }

    private void send(List<OutgoingRecord> records, CompletableFuture<Void> written) {
        List<CompletableFuture<Void>> acknowledged = new ArrayList<>();
        try {
            for (OutgoingRecord record : records) {
                acknowledged.add(send(record));
            }
        } catch (RuntimeException | Error e) {
            // Whatever it was, memory that is short too: a job whose end is never answered would keep its lease for
            // ever.
            acknowledged.add(CompletableFuture.failedFuture(LastRecords.failure(e)));
        }
        var unused = CompletableFuture.allOf(acknowledged.toArray(new CompletableFuture<?>[0]))
                .whenComplete((done, failure) -> {
                    if (failure == null) {
                        written.complete(null);
                    } else {
                        written.completeExceptionally(failure.getCause() == null ? failure : failure.getCause());
                    }
                });
    }

    private CompletableFuture<Void> send(OutgoingRecord record) {
        CompletableFuture<Void> acknowledged = new CompletableFuture<>();
        var unused = producer.send(record.forProducer(), (metadata, failure) -> {
            if (failure == null) {
                acknowledged.complete(null);
            } else {
                acknowledged.completeExceptionally(LastRecords.failure(record, failure));
            }
        });
        return acknowledged;
    }

    @Override
    public void close() {
        sender.shutdown();
        producer.close(LastRecords.CLOSE_TIMEOUT);
        try {
            sender.awaitTermination(LastRecords.CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
