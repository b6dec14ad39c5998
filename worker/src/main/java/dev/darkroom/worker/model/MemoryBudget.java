package dev.darkroom.worker.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Who has how much of the memory for models, and who waits for some: one after the other, so that each gets it in the end.
 * Only counts; guarded by the lock of {@link LoadedModels}.
 */
final class MemoryBudget {
    private static final double GIGABYTE = 1e9;

    private final long budget;
    private final Deque<ModelSlot> waiting = new ArrayDeque<>();
    private long reserved;

    /**
     * An unused one.
     *
     * @param budget in bytes
     */
    MemoryBudget(long budget) {
        if (budget < 0) {
            throw new IllegalArgumentException("A memory budget is at least 0 bytes, not " + budget);
        }
        this.budget = budget;
    }

    /** Bytes that are taken; those of models that are being closed are, until they are. */
    long reserved() {
        return reserved;
    }

    /** Refuses what would not fit if it were alone. */
    void check(String id, long need) throws ModelException {
        if (need > budget) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "Model %s needs about %.2f GB of memory, more than the %.2f GB for models (setting model-memory)",
                    id,
                    need / GIGABYTE,
                    budget / GIGABYTE));
        }
    }

    void startWaiting(ModelSlot slot) {
        waiting.add(slot);
    }

    void stopWaiting(ModelSlot slot) {
        waiting.remove(slot);
    }

    /** How many loads wait. */
    int waiting() {
        return waiting.size();
    }

    /**
     * The loaded models to close so that {@code need} bytes fit: those that nobody uses, least recently used first. Empty
     * while that is not enough, or while another waits longer.
     */
    Optional<List<ModelSlot>> leaving(Collection<ModelSlot> loaded, ModelSlot slot, long need) {
        if (waiting.peek() != slot) {
            return Optional.empty();
        }
        List<ModelSlot> unused = loaded.stream()
                .filter(other -> other.uses == 0)
                .sorted(Comparator.comparingLong(other -> other.lastUse))
                .toList();
        List<ModelSlot> leaving = new ArrayList<>();
        long left = budget - reserved;
        for (ModelSlot other : unused) {
            if (left < need) {
                leaving.add(other);
                left += other.memory;
            }
        }
        return left < need ? Optional.empty() : Optional.of(leaving);
    }

    void reserve(ModelSlot slot, long need) {
        slot.memory = need;
        reserved += need;
    }

    /** Gives back all but {@code need}, at most what is reserved. */
    void keep(ModelSlot slot, long need) {
        reserved -= slot.memory - need;
        slot.memory = need;
    }

    void free(ModelSlot slot) {
        reserved -= slot.memory;
        slot.memory = 0;
    }
}
