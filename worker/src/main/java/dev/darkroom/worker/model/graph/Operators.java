package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import java.util.Optional;

/** Layers for which the providers of the runtime have different operators, or that have a form of fewer bits. */
interface Operators {
    /** A linear layer over the rows of {@code x}, {@code (rows, in)}. */
    Value linear(Value x, Weight weight, Optional<Weight> bias) throws ModelException;

    /** A convolution over {@code x}, {@code (batch, channels, height, width)}. */
    Value convolution(Value x, Weight weight, Weight bias, Sliding sliding) throws ModelException;

    /** A normalisation of {@code x}, {@code (batch, channels, height, width)}. */
    Value groupNorm(Value x, GroupNorm norm) throws ModelException;

    /** The Gaussian error linear unit, by the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
    Value gelu(Value x);
}
