package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.checkpoint.StoredTensor;

/**
 * A weight that a graph takes in bytes. The graph only says so: whoever loads it makes the two initialisers, for they are
 * in no file.
 *
 * @param numbers name of the initialiser {@code (window * in, out)} of int8: pixel by pixel of the window, which is the
 *     order in which a convolution that is written as a matrix product finds its operands
 * @param scales name of the initialiser {@code (out)} of float32: what a column's numbers are multiplied by
 * @param stored the values, {@code (out, in, window)}
 * @param window pixels that a convolution looks at, 1 in a linear layer
 */
public record Int8Weight(String numbers, String scales, StoredTensor stored, int out, int in, int window) {
    /** Rows of the matrix. */
    public int rows() {
        return Math.multiplyExact(in, window);
    }
}
