package dev.darkroom.worker.intake;

import java.util.Optional;
import org.apache.kafka.common.errors.GroupAuthorizationException;

/** A session that is refused for good, just when its slot is suspended. */
record RefusedSession(Slot slot) implements Slot.Session {
    @Override
    public boolean isBusy() {
        return false;
    }

    @Override
    public Optional<HeldLease> take() {
        slot.suspend();
        throw GroupAuthorizationException.forGroupId("darkroom");
    }

    @Override
    public void attend() {
        throw new IllegalStateException("Nothing is held");
    }

    @Override
    public void close() {}
}
