package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tensors of one safetensors file or several, under their own names or under others. Immutable. */
public final class SafetensorsSource implements TensorSource {
    private final List<Path> files;
    private final Path folder;
    private final Map<String, Located> tensors;

    /** A tensor and the file that it is in, links resolved. */
    private record Located(Path file, TensorEntry entry) {}

    private SafetensorsSource(List<Path> files, Map<String, Located> tensors) {
        this.files = List.copyOf(files);
        this.folder = commonFolder(files);
        this.tensors = Map.copyOf(tensors);
    }

    /** Tensors of a file, or parts of them, by the names that a network knows them by. */
    static SafetensorsSource renamed(SafetensorsFile file, Map<String, TensorEntry> tensors) {
        Map<String, Located> located = new HashMap<>();
        tensors.forEach((name, entry) -> located.put(name, new Located(file.path(), entry)));
        return new SafetensorsSource(List.of(file.path()), located);
    }

    /**
     * Opens the weights in the folder of one network, be they in one file, in several, or a variant.
     *
     * @param name of the plain file, {@code diffusion_pytorch_model.safetensors} or {@code model.safetensors}
     */
    public static SafetensorsSource open(Path folder, String name) throws ModelException {
        return WeightFiles.open(folder, name);
    }

    /** All tensors of a file. */
    static SafetensorsSource of(Path path) throws ModelException {
        SafetensorsFile file = file(path);
        return new SafetensorsSource(List.of(file.path()), located(file));
    }

    /** All tensors of the files that a list names. Each must be where the list says, and in one file only. */
    static SafetensorsSource of(ShardIndex index) throws ModelException {
        Map<String, Path> files = new LinkedHashMap<>();
        Map<String, Located> all = new HashMap<>();
        for (String name : index.files()) {
            Path path = index.path().resolveSibling(name);
            if (!Files.exists(path)) {
                throw new ModelException(path + " is missing, which " + index.path() + " names");
            }
            SafetensorsFile file = file(path);
            files.put(name, file.path());
            for (Map.Entry<String, Located> tensor : located(file).entrySet()) {
                if (all.put(tensor.getKey(), tensor.getValue()) != null) {
                    throw new ModelException(path + " has the tensor " + ConfigFile.abbreviated(tensor.getKey())
                            + ", as has another file that " + index.path() + " names");
                }
            }
        }
        checkListed(index, files, all);
        return new SafetensorsSource(List.copyOf(files.values()), all);
    }

    private static void checkListed(ShardIndex index, Map<String, Path> files, Map<String, Located> tensors)
            throws ModelException {
        for (Map.Entry<String, String> listed : index.weightMap().entrySet()) {
            Located tensor = tensors.get(listed.getKey());
            if (tensor == null || !tensor.file().equals(files.get(listed.getValue()))) {
                throw new ModelException(index.path() + " says that the tensor "
                        + ConfigFile.abbreviated(listed.getKey()) + " is in " + listed.getValue()
                        + ", where it is not");
            }
        }
    }

    private static Map<String, Located> located(SafetensorsFile file) {
        Map<String, Located> located = new HashMap<>();
        file.names()
                .forEach(name -> located.put(
                        name, new Located(file.path(), file.find(name).orElseThrow())));
        return located;
    }

    /** Opens one file. */
    static SafetensorsFile file(Path path) throws ModelException {
        try {
            return SafetensorsFile.open(path);
        } catch (SafetensorsException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new ModelException(path + " cannot be read: " + e, e);
        }
    }

    /** The files, links resolved, in the order of their names in the checkpoint. */
    public List<Path> files() {
        return files;
    }

    /** The folder that all files are in or below. Links can lead to several. */
    @Override
    public Path folder() {
        return folder;
    }

    private static Path commonFolder(List<Path> files) {
        Path folder = parent(files.get(0));
        for (Path file : files) {
            while (!file.startsWith(folder)) {
                folder = parent(folder);
            }
        }
        return folder;
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    @Override
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** What the tensors are, by name. */
    Map<String, TensorEntry> entries() {
        Map<String, TensorEntry> entries = new HashMap<>();
        tensors.forEach((name, tensor) -> entries.put(name, tensor.entry()));
        return entries;
    }

    @Override
    public StoredTensor require(String name, long... shape) throws ModelException {
        Located tensor = tensors.get(name);
        if (tensor == null) {
            throw new ModelException(shown() + ": there is no tensor " + name);
        }
        TensorEntry entry = tensor.entry();
        List<Long> expected = Arrays.stream(shape).boxed().toList();
        if (!entry.shape().equals(expected)) {
            throw new ModelException(tensor.file() + ": tensor " + entry.name() + " has the shape " + entry.shape()
                    + ", the configuration asks for " + expected);
        }
        return switch (entry.type()) {
            case F32, F16, BF16 ->
                new StoredTensor(location(tensor.file()), entry.type(), entry.offset(), entry.length());
            default ->
                throw new ModelException(
                        tensor.file() + ": tensor " + entry.name() + " is " + entry.type() + ", not F32, F16 or BF16");
        };
    }

    private String location(Path file) {
        return folder.relativize(file).toString().replace(File.separatorChar, '/');
    }

    private String shown() {
        return files.size() == 1 ? files.get(0).toString() : files.get(0) + " and the files that belong to it";
    }
}
