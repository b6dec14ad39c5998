package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.LanesConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** A source of several slots, each of which holds one lease at a time. */
abstract class SlotSource implements JobSource {
    private final List<Slot> slots;
    private final CompletableFuture<Void> ended;

    /**
     * Makes the slots of each lane: a slot that is shared by lanes would have to leave a consumer open that it does not
     * poll, and such a one may have acquired a job already.
     *
     * @param slot makes a lane's slot, from its number
     */
    SlotSource(LanesConfig lanes, BiFunction<Lane, Integer, Slot> slot) {
        if (lanes.slots() < 1) {
            throw new IllegalArgumentException("A source needs a slot of each lane, not " + lanes.slots());
        }
        this.slots = lanes.taken().stream()
                .flatMap(lane -> IntStream.range(0, lanes.slots()).mapToObj(number -> slot.apply(lane, number)))
                .toList();
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
