package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.function.Function;

/**
 * An output of a network.
 *
 * @param shape its shape for given inputs
 */
record NetworkOutput(String name, Function<NDList, Shape> shape) {}
