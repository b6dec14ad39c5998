package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.checkpoint.StoredTensor;

/**
 * A tensor of a checkpoint, or a piece of one, that a graph has not bound yet: a layer may take it as it is stored, or
 * quantised.
 *
 * @param name of the initialiser
 * @param shape that the layer takes it in: {@code (out, in)}, or {@code (out, in, side, side)} for a convolution
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Weight(String name, StoredTensor stored, long... shape) {
    int out() {
        return Math.toIntExact(shape[0]);
    }

    int in() {
        return Math.toIntExact(shape[1]);
    }

    /** Pixels that a convolution looks at, 1 in a linear layer. */
    int window() {
        int window = 1;
        for (int i = 2; i < shape.length; i++) {
            window = Math.multiplyExact(window, Math.toIntExact(shape[i]));
        }
        return window;
    }
}
