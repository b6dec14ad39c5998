package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import java.nio.file.Path;

/**
 * The tensors of one network, by the names that diffusers gives them. All files of a source lie in or below one
 * folder: the inference runtime resolves them there and nowhere else.
 */
public interface TensorSource {
    /** The folder that holds the files of the tensors. */
    Path folder();

    boolean has(String name);

    /**
     * A tensor that a network needs.
     *
     * @throws ModelException when it is absent, has another shape, or a type that is no floating point number of 16 or
     *     32 bits; the message names file and tensor
     */
    StoredTensor require(String name, long... shape) throws ModelException;
}
