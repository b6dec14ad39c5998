package dev.darkroom.worker.ops;

import dev.darkroom.worker.storage.ForwardingBucket;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** A bucket whose requests are counted. Closing it closes the bucket. */
final class MeteredBucket extends ForwardingBucket {
    private static final Duration[] BOUNDS = JobMeters.seconds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);

    private final LongSupplier nanoTime;
    private final Requests reads;
    private final Requests writes;
    private final Requests deletes;
    private final Counter written;

    /** Requests of one kind. */
    private record Requests(Timer answered, Timer failed) {}

    /** A request. */
    private interface Request<T> {
        T send() throws StorageException;
    }

    MeteredBucket(ResultStore bucket, MeterRegistry registry, LongSupplier nanoTime) {
        super(bucket);
        this.nanoTime = nanoTime;
        this.reads = requests("read", registry);
        this.writes = requests("write", registry);
        this.deletes = requests("delete", registry);
        this.written = Counter.builder("sd.upload.bytes")
                .description("Bytes of objects that the bucket took")
                .baseUnit("bytes")
                .register(registry);
    }

    private static Requests requests(String operation, MeterRegistry registry) {
        return new Requests(timer(operation, "ok", registry), timer(operation, "error", registry));
    }

    private static Timer timer(String operation, String outcome, MeterRegistry registry) {
        return Timer.builder("sd.storage.request")
                .description("Time of a request to the bucket")
                .tags("operation", operation, "outcome", outcome)
                .serviceLevelObjectives(BOUNDS)
                .register(registry);
    }

    private <T> T timed(Requests requests, Request<T> request) throws StorageException {
        long start = nanoTime.getAsLong();
        boolean answered = false;
        try {
            T answer = request.send();
            answered = true;
            return answer;
        } finally {
            Timer timer = answered ? requests.answered() : requests.failed();
            timer.record(Duration.ofNanos(nanoTime.getAsLong() - start));
        }
    }

    @Override
    public Optional<byte[]> find(String key) throws StorageException {
        return timed(reads, () -> bucket.find(key));
    }

    @Override
    public Optional<byte[]> read(String key, int most) throws StorageException {
        return timed(reads, () -> bucket.read(key, most));
    }

    @Override
    public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
        PutResult result = timed(writes, () -> bucket.putIfAbsent(key, bytes, contentType));
        if (result == PutResult.CREATED) {
            written.increment(bytes.length);
        }
        return result;
    }

    @Override
    public void delete(String key) throws StorageException {
        timed(deletes, () -> {
            bucket.delete(key);
            return true;
        });
    }

    @Override
    public byte[] get(String key) throws StorageException {
        return timed(reads, () -> bucket.get(key));
    }
}
