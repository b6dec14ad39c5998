package dev.darkroom.worker.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Loads nothing, when it is let, and counts the bytes that would be in memory. */
final class GatedLoader implements ModelLoader {
    final CountDownLatch loading = new CountDownLatch(1);
    final CountDownLatch gate = new CountDownLatch(1);
    final List<FakeModel> made = new CopyOnWriteArrayList<>();

    /** Precisions that were asked for, in order. */
    final List<Optional<Precision>> precisions = new CopyOnWriteArrayList<>();

    /** Sizes of models that have another than the usual one. */
    final Map<String, Long> sizes = new ConcurrentHashMap<>();

    /** Sizes of models that take more while they load. */
    final Map<String, Long> loadingSizes = new ConcurrentHashMap<>();

    /** What of their sizes models share with their LoRAs' sets; of a set that shares another part by its first LoRA's name. */
    final Map<String, Long> sharedSizes = new ConcurrentHashMap<>();

    /** The most bytes that were in memory at the same time. */
    final AtomicLong most = new AtomicLong();

    /** What every load fails with. */
    volatile @Nullable Throwable failure;

    /** Models give infinite numbers in these; float16 is their own. */
    volatile Set<Precision> overflowing = Set.of();

    private final long size;
    private final AtomicLong bytes = new AtomicLong();

    GatedLoader(long size) {
        this.size = size;
    }

    @Override
    public LoadedModel load(ModelFiles files) throws ModelException {
        loading.countDown();
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException("Interrupted", e);
        }
        precisions.add(files.precision());
        fail();
        Precision precision = files.precision().orElse(Precision.FP16);
        if (overflowing.contains(precision)) {
            throw new NonFiniteModelException("infinite", precision, new ArithmeticException());
        }
        long needed = memory(files);
        most.accumulateAndGet(bytes.addAndGet(needed), Math::max);
        FakeModel model = new FakeModel(() -> bytes.addAndGet(-needed));
        made.add(model);
        return model;
    }

    private void fail() throws ModelException {
        Throwable now = failure;
        if (now instanceof ModelException e) {
            throw e;
        }
        if (now instanceof RuntimeException e) {
            throw e;
        }
        if (now instanceof Error e) {
            throw e;
        }
    }

    @Override
    public long memory(ModelFiles files) {
        return sizes.getOrDefault(files.id(), size);
    }

    @Override
    public long sharedMemory(ModelFiles files) {
        long shared = sharedSizes.getOrDefault(files.id(), 0L);
        return files.loras().stream()
                .findFirst()
                .map(lora -> sharedSizes.getOrDefault(lora.id(), shared))
                .orElse(shared);
    }

    @Override
    public long loadingMemory(ModelFiles files) {
        return loadingSizes.getOrDefault(files.id(), memory(files));
    }
}
