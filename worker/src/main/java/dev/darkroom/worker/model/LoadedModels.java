package dev.darkroom.worker.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The models that this worker has loaded, within a memory budget: each at its first use, and once however many jobs ask
 * at the same time. Where a new one does not fit beside the others, those that nobody uses are closed, the least recently
 * used first; where all are in use, the new one waits. Whoever borrows must hold no other model meanwhile, or two could
 * wait for each other. Owns all models. Safe for use by several threads.
 */
public final class LoadedModels implements AutoCloseable {
    private final ModelRepository repository;
    private final ModelLoader loader;
    private final Set<ModelVariant> overflowing = ConcurrentHashMap.newKeySet(); // float16 is too small for them
    private final ReentrantLock lock = new ReentrantLock(); // guards all below; never held in a load or a close
    private final Condition changed = lock.newCondition();
    private final Map<LoadKey, ModelSlot> slots = new HashMap<>();
    private final MemoryBudget memory;
    private long returns;
    private boolean closed;

    /**
     * Starts with none loaded.
     *
     * @param budget what the loaded models may take together, in bytes, by the loader's estimate
     */
    public LoadedModels(ModelRepository repository, ModelLoader loader, long budget) {
        this.repository = repository;
        this.loader = loader;
        this.memory = new MemoryBudget(budget);
    }

    /** Ids of all models that can be asked for. */
    public List<String> ids() {
        return repository.ids();
    }

    /** Ids of all LoRAs that can be asked for. */
    public List<String> loraIds() {
        return repository.loraIds();
    }

    /** Ids of the models that are in memory now, sorted; one that is there in two precisions, or with other LoRAs, twice. */
    public List<String> loaded() {
        lock.lock();
        try {
            return slots.entrySet().stream()
                    .filter(entry -> entry.getValue().isLoaded())
                    .map(entry -> entry.getKey().id())
                    .sorted()
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that the models in memory take, by the loader's estimate; those that are loading or closing included. */
    public long memoryReserved() {
        lock.lock();
        try {
            return memory.reserved();
        } finally {
            lock.unlock();
        }
    }

    /** How many models are not loaded yet because those in use leave no room. */
    public int waitingForMemory() {
        lock.lock();
        try {
            return memory.waiting();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A model, with LoRAs or without, in its own precision, or in float32 if it was found to need that; empty if the
     * repository does not have it. It is loaded on this thread if nobody has before. A load that failed is tried again.
     *
     * @throws ModelException when it cannot be loaded, is larger than the budget, or this was closed
     */
    public Optional<BorrowedModel> borrow(ModelVariant variant) throws ModelException, InterruptedException {
        if (overflowing.contains(variant)) {
            return borrow(variant, Precision.FP32);
        }
        try {
            return borrow(new LoadKey(variant, Optional.empty()));
        } catch (NonFiniteModelException e) {
            if (e.precision() == Precision.FP32) {
                throw e;
            }
            overflowing.add(variant);
            return borrow(variant, Precision.FP32);
        }
    }

    /**
     * The same in a precision that the caller asks for: a model of its own, for which the budget must have room.
     *
     * @throws ModelException as {@link #borrow(ModelVariant)}
     */
    public Optional<BorrowedModel> borrow(ModelVariant variant, Precision precision)
            throws ModelException, InterruptedException {
        return borrow(new LoadKey(variant, Optional.of(precision)));
    }

    private Optional<BorrowedModel> borrow(LoadKey key) throws ModelException, InterruptedException {
        if (!repository.has(key.id())) {
            return Optional.empty();
        }
        while (true) {
            ModelSlot mine = new ModelSlot();
            ModelSlot slot = enter(key, mine);
            if (slot == mine) {
                return Optional.of(borrowed(load(key, slot), slot));
            }
            try {
                Optional<ModelSlot.Loaded> loaded = slot.join(key.id());
                if (loaded.isPresent()) {
                    return Optional.of(borrowed(loaded.get(), slot));
                }
            } catch (InterruptedException e) {
                giveBack(slot);
                throw e;
            }
            // Whoever loaded it has given up, which is nobody else's failure: the next one loads it.
        }
    }

    private BorrowedModel borrowed(ModelSlot.Loaded loaded, ModelSlot slot) {
        return new BorrowedModel(loaded.model(), () -> giveBack(slot));
    }

    /** Takes a place at the model's slot, which is {@code mine} if there was none. */
    private ModelSlot enter(LoadKey key, ModelSlot mine) throws ModelException, InterruptedException {
        lock.lock();
        try {
            ModelSlot slot = slots.getOrDefault(key, mine);
            // Who waits for memory goes first: else models that others borrow all the time would never make room.
            while (!closed && slot.isLoaded() && memory.waiting() > 0) {
                changed.await();
                slot = slots.getOrDefault(key, mine);
            }
            if (closed) {
                throw closed(key.id());
            }
            slots.put(key, slot);
            slot.uses++;
            return slot;
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(ModelSlot slot) {
        lock.lock();
        try {
            slot.uses--;
            slot.lastUse = ++returns;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private ModelSlot.Loaded load(LoadKey key, ModelSlot slot) throws ModelException, InterruptedException {
        try {
            ModelRepository.HeldFiles files = repository.open(key.variant()).orElseThrow();
            try {
                return load(key, slot, files);
            } catch (ModelException | InterruptedException | RuntimeException | Error e) {
                files.close();
                throw e;
            }
        } catch (ModelException | InterruptedException | RuntimeException | Error e) {
            forget(key, slot);
            // Interrupted input and output fails in many ways, none of which is the model's fault.
            boolean givenUp = Thread.currentThread().isInterrupted();
            slot.loading.completeExceptionally(givenUp ? new InterruptedException("given up") : e);
            throw e;
        }
    }

    private ModelSlot.Loaded load(LoadKey key, ModelSlot slot, ModelRepository.HeldFiles held)
            throws ModelException, InterruptedException {
        ModelFiles files = key.precision().map(held.files()::in).orElse(held.files());
        MemoryNeed need = MemoryNeed.of(key.base(), loader, files);
        reserve(key, slot, need.atLeast(loader.loadingMemory(files)));
        LoadedModel model = loader.load(files);
        ModelSlot.Loaded loaded = new ModelSlot.Loaded(model, held);
        if (!keep(slot, loaded, need)) {
            model.close();
            throw closed(key.id());
        }
        return loaded;
    }

    /** Hands a model over to {@link #close}, unless that has been and gone: then it stays with the caller. */
    private boolean keep(ModelSlot slot, ModelSlot.Loaded loaded, MemoryNeed need) {
        lock.lock();
        try {
            memory.reserve(slot, need); // what it took only while it was loading is given back
            changed.signalAll();
            return !closed && slot.loading.complete(loaded);
        } finally {
            lock.unlock();
        }
    }

    private void forget(LoadKey key, ModelSlot slot) {
        lock.lock();
        try {
            slots.remove(key, slot);
            memory.free(slot);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Reserves memory before anything is loaded, so that two models never both find the same room. */
    private void reserve(LoadKey key, ModelSlot slot, MemoryNeed need) throws ModelException, InterruptedException {
        memory.check(key.id(), need);
        List<ModelSlot> leaving = awaitRoom(key, slot, need);
        try {
            ModelSlot.closeLoaded(leaving);
        } finally {
            lock.lock();
            try {
                leaving.forEach(memory::free);
                memory.reserve(slot, need);
                memory.stopWaiting(slot);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Waits until closing models that nobody uses would make room; those are out of {@link #slots} then, not closed. */
    private List<ModelSlot> awaitRoom(LoadKey key, ModelSlot slot, MemoryNeed need)
            throws ModelException, InterruptedException {
        lock.lock();
        boolean found = false;
        try {
            memory.startWaiting(slot);
            while (true) {
                if (closed) {
                    throw closed(key.id());
                }
                Optional<List<ModelSlot>> leaving = memory.leaving(slots.values(), slot, need);
                if (leaving.isPresent()) {
                    slots.values().removeAll(leaving.get());
                    found = true;
                    return leaving.get();
                }
                changed.await();
            }
        } finally {
            if (!found) {
                memory.stopWaiting(slot);
                changed.signalAll();
            }
            lock.unlock();
        }
    }

    private static ModelException closed(String id) {
        return new ModelException("Model " + id + " is not available: the worker has closed its models");
    }

    /**
     * Closes every model, has one that is still loading closed as soon as it is loaded, and fails whoever waits. What runs
     * on a model ends with an {@link InferenceException}. If several models do not close, the others' failures are
     * suppressed in the first one's.
     */
    @Override
    public void close() {
        List<ModelSlot> all;
        lock.lock();
        try {
            closed = true;
            all = List.copyOf(slots.values());
            slots.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        ModelSlot.closeLoaded(all);
    }
}
