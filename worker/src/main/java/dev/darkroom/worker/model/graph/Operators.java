package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;

/** Layers for which the providers of the runtime have different operators. */
interface Operators {
    /** A normalisation of {@code x}, {@code (batch, channels, height, width)}. */
    Value groupNorm(Value x, GroupNorm norm) throws ModelException;

    /** The Gaussian error linear unit, by the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
    Value gelu(Value x);
}
