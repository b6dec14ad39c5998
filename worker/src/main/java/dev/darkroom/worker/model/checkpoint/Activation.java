package dev.darkroom.worker.model.checkpoint;

/** The activation functions of the text encoders. */
public enum Activation {
    /** x * sigmoid(1.702 x). */
    QUICK_GELU,
    /** The Gaussian error linear unit by the error function. */
    GELU
}
