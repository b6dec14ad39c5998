package dev.darkroom.worker.model;

import dev.darkroom.worker.diffusion.text.TokenRows;

/**
 * How much each token of a prompt says, as A1111's web UI does it: the encoder's states are multiplied by the tokens'
 * weights, and each row then scaled so that its mean is what it was.
 */
final class Emphasis {
    private Emphasis() {}

    /**
     * Weighs states.
     *
     * @param states {@code (rows, tokens, width)}; changed
     */
    static void apply(Tensor states, TokenRows rows) {
        if (rows.areEven()) {
            return;
        }
        int width = states.shape()[2];
        for (int row = 0; row < rows.weights().length; row++) {
            weigh(states.data(), row * states.rowSize(), states.rowSize(), width, rows.weights()[row]);
        }
    }

    private static void weigh(float[] states, int from, int size, int width, float[] weights) {
        double before = mean(states, from, size);
        for (int i = 0; i < size; i++) {
            states[from + i] *= weights[i / width];
        }
        float scale = (float) (before / mean(states, from, size));
        for (int i = 0; i < size; i++) {
            states[from + i] *= scale;
        }
    }

    private static double mean(float[] values, int from, int size) {
        double sum = 0;
        for (int i = from; i < from + size; i++) {
            sum += values[i];
        }
        return sum / size;
    }
}
