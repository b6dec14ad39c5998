/** The safetensors format: header, memory-mapped tensors, dtype conversion. */
@NullMarked
package dev.darkroom.worker.model.safetensors;

import org.jspecify.annotations.NullMarked;
