package dev.darkroom.worker.intake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** A source of several slots, each of which holds one lease at a time. */
abstract class SlotSource implements JobSource {
    private final List<Slot> slots;
    private final CompletableFuture<Void> ended;

    /**
     * Makes the slots.
     *
     * @param capacity how many
     * @param slot makes one, from its number
     */
    SlotSource(int capacity, IntFunction<Slot> slot) {
        if (capacity < 1 || capacity > 1000) {
            throw new IllegalArgumentException("The capacity must be 1-1000, but is " + capacity);
        }
        this.slots = IntStream.range(0, capacity).mapToObj(slot).toList();
        List<CompletableFuture<Void>> ends = slots.stream().map(Slot::ended).toList();
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
    public final void start(Consumer<Lease> receiver) {
        slots.forEach(slot -> slot.start(receiver));
    }

    @Override
    public final void suspend() {
        slots.forEach(Slot::suspend);
    }

    @Override
    public final void resume() {
        slots.forEach(Slot::resume);
    }

    @Override
    public final void stopTaking() {
        List<CompletableFuture<Void>> stopped = new ArrayList<>();
        slots.forEach(slot -> stopped.add(slot.stopTaking()));
        stopped.forEach(CompletableFuture::join);
    }

    @Override
    public final CompletionStage<Void> ended() {
        return ended.minimalCompletionStage();
    }

    @Override
    public void close() {
        slots.forEach(Slot::requestClose);
        slots.forEach(Slot::awaitEnd);
    }
}
