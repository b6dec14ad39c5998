package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the modules of one network are called in a single-file checkpoint and in diffusers. Filled once, then used; not
 * for several threads.
 */
final class Renaming {
    private final SafetensorsFile file;
    private final String prefix;
    private final Map<String, String> modules = new HashMap<>();

    /** @param prefix of the network's tensors in the file */
    Renaming(SafetensorsFile file, String prefix) {
        this.file = file;
        this.prefix = prefix;
    }

    /** Whether the network has a tensor of that name, in the file's words. */
    boolean has(String name) {
        return file.find(prefix + name).isPresent();
    }

    /** Says what a module, with all that is in it, is called in diffusers. */
    void put(String name, String inDiffusers) {
        modules.put(name, inDiffusers);
    }

    /** The network's tensors by diffusers' names; those of unknown modules are left out. */
    Map<String, TensorEntry> tensors() {
        Map<String, TensorEntry> renamed = new HashMap<>();
        for (String key : file.names()) {
            if (key.startsWith(prefix)) {
                String name = key.substring(prefix.length());
                renamed(name).ifPresent(to -> renamed.put(to, file.find(key).orElseThrow()));
            }
        }
        return renamed;
    }

    /** A tensor of a part of the network that no known module has, in the file's words. */
    Optional<String> unknown(String part) {
        return file.names().stream()
                .filter(key -> key.startsWith(prefix + part)
                        && renamed(key.substring(prefix.length())).isEmpty())
                .min(Comparator.naturalOrder());
    }

    /** The innermost known module decides. */
    private Optional<String> renamed(String name) {
        for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
            String module = modules.get(name.substring(0, dot));
            if (module != null) {
                return Optional.of(module + name.substring(dot));
            }
        }
        return Optional.empty();
    }

    /** One of {@code parts} equal pieces of a tensor, cut along its first dimension; empty if it cannot be cut so. */
    static Optional<TensorEntry> part(TensorEntry whole, int part, int parts) {
        List<Long> shape = new ArrayList<>(whole.shape());
        if (shape.isEmpty() || shape.get(0) % parts != 0) {
            return Optional.empty();
        }
        shape.set(0, shape.get(0) / parts);
        long length = whole.length() / parts;
        return Optional.of(new TensorEntry(whole.name(), whole.type(), shape, whole.offset() + part * length, length));
    }

    /** A 1x1 convolution as the matrix that it is; anything else as it is. */
    static TensorEntry matrix(TensorEntry tensor) {
        List<Long> shape = tensor.shape();
        boolean convolution = shape.size() == 4 && shape.get(2) == 1 && shape.get(3) == 1;
        return convolution
                ? new TensorEntry(tensor.name(), tensor.type(), shape.subList(0, 2), tensor.offset(), tensor.length())
                : tensor;
    }
}
