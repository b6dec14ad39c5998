package dev.darkroom.worker.diffusion.schedule;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a multi-step solver remembers of one picture: its last converted model outputs, newest first. Not shared. */
public final class SolverHistory {
    private final Deque<float[]> outputs = new ArrayDeque<>();

    Deque<float[]> outputs() {
        return outputs;
    }
}
