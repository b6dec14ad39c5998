package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.checkpoint.StoredTensor;
import java.nio.file.Path;
import java.util.List;

/**
 * A network as an ONNX model whose weights lie outside of it.
 *
 * @param name for logs and messages
 * @param model the serialised model; some hundred kilobytes
 * @param folder where the files with the weights are
 * @param asStored weights that the runtime takes from files
 * @param changed weights that are in no file: whoever loads the model makes them of others
 * @param inBytes likewise
 */
@SuppressWarnings("ArrayRecordComponent") // handed on to the runtime, never compared
public record ModelGraph(
        String name,
        byte[] model,
        Path folder,
        List<StoredTensor> asStored,
        List<ChangedWeight> changed,
        List<Int8Weight> inBytes) {
    public ModelGraph {
        asStored = List.copyOf(asStored);
        changed = List.copyOf(changed);
        inBytes = List.copyOf(inBytes);
    }

    /** A network without weights, or with those of another that is like it. */
    public ModelGraph(String name, byte[] model, Path folder) {
        this(name, model, folder, List.of(), List.of(), List.of());
    }
}
