package dev.darkroom.worker.model.graph;

import java.nio.file.Path;

/**
 * A network as an ONNX model whose weights lie outside of it.
 *
 * @param name for logs and messages
 * @param model the serialised model; some hundred kilobytes
 * @param folder where the files with the weights are
 */
@SuppressWarnings("ArrayRecordComponent") // handed on to the runtime, never compared
public record ModelGraph(String name, byte[] model, Path folder) {}
