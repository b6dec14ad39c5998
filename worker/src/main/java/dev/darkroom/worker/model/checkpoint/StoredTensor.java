package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.safetensors.DataType;

/**
 * Where the values of a weight lie.
 *
 * @param file the file, from the folder of its {@link TensorSource} on, with slashes
 * @param type F32, F16 or BF16
 * @param offset of the first byte in that file
 * @param length in bytes
 */
public record StoredTensor(String file, DataType type, long offset, long length) {}
