package dev.darkroom.worker.model;

import java.util.ArrayList;
import java.util.List;

/** The wish that a call of a network end before it is done. Safe for use by several threads. */
public final class Interruption {
    private final List<Runnable> actions = new ArrayList<>(); // guarded by this
    private boolean raised; // guarded by this

    /** Ends the call that it was given to, soon after. Later calls of this method do nothing. */
    public void raise() {
        List<Runnable> waiting;
        synchronized (this) {
            raised = true;
            waiting = List.copyOf(actions);
            actions.clear();
        }
        waiting.forEach(Runnable::run);
    }

    public synchronized boolean isRaised() {
        return raised;
    }

    /** Runs the action once when the interruption is raised, on that thread; at once if it is already. */
    public void onRaise(Runnable action) {
        synchronized (this) {
            if (!raised) {
                actions.add(action);
                return;
            }
        }
        action.run();
    }
}
