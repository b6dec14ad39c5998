package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The shapes of a network's tensors, by diffusers' names: what a configuration can be told from. */
record Shapes(Path file, Map<String, TensorEntry> tensors) {

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** How many there are when {@code name} is formatted with 0, 1, 2, …, up to the first that is absent. */
    int count(String name) {
        int count = 0;
        while (has(String.format(Locale.ROOT, name, count))) {
            count++;
        }
        return count;
    }

    /** One dimension of a tensor that must be there. */
    int dimension(String name, int index) throws ModelException {
        TensorEntry entry = tensors.get(name);
        if (entry == null) {
            throw new ModelException(file + ": there is no tensor for " + name + " (diffusers' name)");
        }
        if (entry.shape().size() <= index || entry.shape().get(index) > Limits.WIDTH) {
            throw new ModelException(file + ": tensor " + entry.name() + " has an unexpected shape, " + entry.shape());
        }
        return entry.shape().get(index).intValue();
    }

    /** Whether a tensor is there and is a convolution's. */
    boolean isConvolution(String name) {
        TensorEntry entry = tensors.get(name);
        return entry != null && entry.shape().size() == 4;
    }
}
