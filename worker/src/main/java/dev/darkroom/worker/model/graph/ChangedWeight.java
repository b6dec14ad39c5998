package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.checkpoint.StoredTensor;
import java.util.List;

/**
 * A weight that is not as the checkpoint has it, for a LoRA changes it. The graph only says so: whoever loads it makes the
 * initialiser, for it is in no file.
 *
 * @param name of the initialiser, of float32
 * @param stored where the checkpoint has it, and what is added
 */
public record ChangedWeight(String name, StoredTensor stored, List<Long> shape) {
    public ChangedWeight {
        shape = List.copyOf(shape);
    }
}
