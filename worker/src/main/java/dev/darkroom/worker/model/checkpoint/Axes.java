package dev.darkroom.worker.model.checkpoint;

/** In which order a checkpoint stores the dimensions of a weight. */
public enum Axes {
    /** A row for each output, as PyTorch's layers have it. */
    OUT_IN,
    /** A row for each input: a matrix that its model multiplies from the left, such as OpenCLIP's projection. */
    IN_OUT
}
