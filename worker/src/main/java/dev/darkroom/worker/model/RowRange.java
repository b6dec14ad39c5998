package dev.darkroom.worker.model;

/**
 * Some of a call's rows, one behind the other.
 *
 * @param first the first of them, from 0 on
 * @param count how many there are, at least one
 */
public record RowRange(int first, int count) {
    public RowRange {
        if (first < 0 || count < 1) {
            throw new IllegalArgumentException(
                    "Rows begin at 0, and a part of them has one: not " + first + ", " + count);
        }
    }

    /** These rows of a call; the same object where they are all. */
    public UnetRows of(UnetRows rows) {
        return count == rows.count() ? rows : rows.rows(first, count);
    }

    /** The same of its deep features. */
    public Tensor of(Tensor tensor) {
        return count == tensor.shape()[0] ? tensor : tensor.rows(first, count);
    }
}
