package dev.darkroom.worker.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who has how much of the memory for models, and who waits for some: one after the other, so that each gets it in the end.
 * Only counts; guarded by the lock of {@link LoadedModels}.
 */
final class MemoryBudget {
    private static final double GIGABYTE = 1e9;

    private final long budget;
    private final Deque<ModelSlot> waiting = new ArrayDeque<>();
    private final Set<ModelSlot> holders = new HashSet<>();

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
        return total(holders.stream());
    }

    /** What sets of LoRAs share counts once. Each maps what it leaves as it is, so two may have more mapped than either. */
    private static long total(Stream<ModelSlot> slots) {
        long own = 0;
        Map<LoadKey, Long> shared = new HashMap<>();
        for (MemoryNeed need : slots.flatMap(slot -> slot.memory.stream()).toList()) {
            own += need.own();
            shared.merge(need.base(), need.shared(), (one, other) -> Math.min(one + other, need.mapped()));
        }
        return own + shared.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Refuses what would not fit if it were alone. */
    void check(String id, MemoryNeed need) throws ModelException {
        if (need.total() > budget) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "Model %s needs about %.2f GB of memory, more than the %.2f GB for models (setting model-memory)",
                    id,
                    need.total() / GIGABYTE,
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
     * The loaded models to close so that {@code need} fits: those that nobody uses, least recently used first. Empty
     * while that is not enough, or while another waits longer.
     */
    Optional<List<ModelSlot>> leaving(Collection<ModelSlot> loaded, ModelSlot slot, MemoryNeed need) {
        if (waiting.peek() != slot) {
            return Optional.empty();
        }
        List<ModelSlot> unused = loaded.stream()
                .filter(other -> other.uses == 0)
                .sorted(Comparator.comparingLong(other -> other.lastUse))
                .toList();
        ModelSlot next = new ModelSlot();
        next.memory = Optional.of(need);
        Set<ModelSlot> staying = new HashSet<>(holders);
        staying.add(next);
        List<ModelSlot> leaving = new ArrayList<>();
        for (ModelSlot other : unused) {
            if (total(staying.stream()) > budget) {
                leaving.add(other);
                staying.remove(other);
            }
        }
        return total(staying.stream()) > budget ? Optional.empty() : Optional.of(leaving);
    }

    /** Takes it, or takes it in place of what the slot had. */
    void reserve(ModelSlot slot, MemoryNeed need) {
        slot.memory = Optional.of(need);
        holders.add(slot);
    }

    void free(ModelSlot slot) {
        slot.memory = Optional.empty();
        holders.remove(slot);
    }
}
