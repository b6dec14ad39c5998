package dev.darkroom.worker.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;

/** What a multi-step solver remembers of one picture: its last converted model outputs, newest first. Not shared. */
public final class SolverHistory {
    private final List<float[]> outputs = new ArrayList<>();

    /** How many outputs are remembered. */
    int size() {
        return outputs.size();
    }

    /** The output of {@code age} steps ago, 0 for the newest. */
    float[] output(int age) {
        return outputs.get(age);
    }

    /** Makes room for a new output and returns the array to write it to, which takes the place of the oldest one. */
    float[] next(int length, int keep) {
        float[] next = outputs.size() >= keep ? outputs.remove(outputs.size() - 1) : new float[length];
        if (next.length != length) {
            throw new IllegalArgumentException(
                    "A history belongs to one picture: its outputs have " + next.length + " values, not " + length);
        }
        outputs.add(0, next);
        return next;
    }
}
