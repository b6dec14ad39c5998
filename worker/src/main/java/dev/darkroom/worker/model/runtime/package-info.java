/** Sessions: DJL models over ONNX Runtime. */
@NullMarked
package dev.darkroom.worker.model.runtime;

import org.jspecify.annotations.NullMarked;
