package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.LanesConfig;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** A source of several slots, each of which holds one lease at a time. */
abstract class SlotSource implements JobSource {
    private final BiFunction<Lane, Integer, Slot> slot;
    private final Map<Lane, List<Slot>> slots = new EnumMap<>(Lane.class); // guarded by this, as are all below
    private Optional<Consumer<Lease>> receiver = Optional.empty(); // once it was started
    private boolean suspended;
    private boolean stopped;
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
        this.slot = slot;
        for (Lane lane : lanes.taken()) {
            List<Slot> ofLane = new ArrayList<>();
            for (int number = 0; number < lanes.slots(); number++) {
                ofLane.add(slot.apply(lane, number));
            }
            slots.put(lane, ofLane);
        }
        List<CompletableFuture<Void>> ends = all().stream().map(Slot::ended).toList();
        this.ended = CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0]));
        ends.forEach(this::reportFailure);
    }

    /** One slot that cannot go on is reported at once, not when all have ended. */
    private void reportFailure(CompletableFuture<Void> end) {
        var unused = end.whenComplete((done, failure) -> {
            if (failure != null) {
                ended.completeExceptionally(failure);
            }
        });
    }

    private synchronized List<Slot> all() {
        return slots.values().stream().flatMap(List::stream).toList();
    }

    @Override
    public final synchronized void start(Consumer<Lease> leaseReceiver) {
        receiver = Optional.of(leaseReceiver);
        all().forEach(each -> each.start(leaseReceiver));
    }

    @Override
    public final synchronized void widen(Lane lane, int leases) {
        List<Slot> ofLane = slots.get(lane);
        if (ofLane == null || receiver.isEmpty() || stopped) {
            return;
        }
        while (ofLane.size() < leases) {
            Slot further = slot.apply(lane, ofLane.size());
            reportFailure(further.ended());
            if (suspended) {
                further.suspend();
            }
            further.start(receiver.get());
            ofLane.add(further); // only now: one without a thread could not be waited for
        }
    }

    @Override
    public final synchronized void suspend() {
        suspended = true;
        all().forEach(Slot::suspend);
    }

    @Override
    public final synchronized void resume() {
        suspended = false;
        all().forEach(Slot::resume);
    }

    @Override
    public final void stopTaking() {
        List<CompletableFuture<Void>> stops = new ArrayList<>();
        stopped().forEach(each -> stops.add(each.stopTaking()));
        stops.forEach(CompletableFuture::join);
    }

    /** All slots there will ever be. */
    private synchronized List<Slot> stopped() {
        stopped = true;
        return all();
    }

    @Override
    public final CompletionStage<Void> ended() {
        return ended.minimalCompletionStage();
    }

    @Override
    public void close() {
        List<Slot> last = stopped();
        last.forEach(Slot::requestClose);
        last.forEach(Slot::awaitEnd);
    }
}
