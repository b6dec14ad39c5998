package dev.darkroom.worker.model.safetensors;

import java.util.List;

/**
 * Where a tensor lies in its file.
 *
 * @param shape the dimensions, outermost first; empty for a scalar
 * @param offset of the first byte, from the start of the file
 * @param length in bytes: the product of the shape times the size of the type
 */
public record TensorEntry(String name, DataType type, List<Long> shape, long offset, long length) {
    public TensorEntry {
        shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long size() {
        return length / type.bytes();
    }
}
