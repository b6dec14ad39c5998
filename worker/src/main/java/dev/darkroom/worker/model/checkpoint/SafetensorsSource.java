package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tensors of one safetensors file, under their own names or under others. */
public final class SafetensorsSource implements TensorSource {
    private final SafetensorsFile file;
    private final Map<String, TensorEntry> tensors;

    private SafetensorsSource(SafetensorsFile file, Map<String, TensorEntry> tensors) {
        this.file = file;
        this.tensors = Map.copyOf(tensors);
    }

    /** Tensors of a file, or parts of them, by the names that a network knows them by. */
    static SafetensorsSource renamed(SafetensorsFile file, Map<String, TensorEntry> tensors) {
        return new SafetensorsSource(file, tensors);
    }

    /** Opens the file {@code name} of a component's folder. */
    public static SafetensorsSource open(Path folder, String name) throws ModelException {
        Path path = folder.resolve(name);
        if (!Files.exists(path)) {
            throw new ModelException(path + " is missing. Weights are read from this file only: shards, other names"
                    + " and pickled .bin files are not");
        }
        try {
            SafetensorsFile file = SafetensorsFile.open(path);
            Map<String, TensorEntry> tensors = new HashMap<>();
            for (String tensor : file.names()) {
                tensors.put(tensor, file.find(tensor).orElseThrow());
            }
            return new SafetensorsSource(file, tensors);
        } catch (IOException e) {
            throw new ModelException(e.getMessage() == null ? path + " cannot be read" : e.getMessage(), e);
        }
    }

    /** The file, links resolved. */
    public Path path() {
        return file.path();
    }

    /** Number of values in all its tensors. */
    public long values() {
        return tensors.values().stream().mapToLong(TensorEntry::size).sum();
    }

    @Override
    public Path folder() {
        Path parent = file.path().getParent();
        return parent == null ? file.path().getRoot() : parent;
    }

    /** How many numbers there are of each type. */
    public Map<DataType, Long> parameters() {
        Map<DataType, Long> parameters = new EnumMap<>(DataType.class);
        tensors.values().forEach(tensor -> parameters.merge(tensor.type(), tensor.size(), Long::sum));
        return parameters;
    }

    @Override
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public StoredTensor require(String name, long... shape) throws ModelException {
        TensorEntry entry = tensors.get(name);
        if (entry == null) {
            throw new ModelException(file.path() + ": there is no tensor " + name);
        }
        List<Long> expected = Arrays.stream(shape).boxed().toList();
        if (!entry.shape().equals(expected)) {
            throw new ModelException(file.path() + ": tensor " + entry.name() + " has the shape " + entry.shape()
                    + ", the configuration asks for " + expected);
        }
        switch (entry.type()) {
            case F32, F16, BF16 -> {
                return new StoredTensor(
                        file.path().getFileName().toString(), entry.type(), entry.offset(), entry.length());
            }
            default ->
                throw new ModelException(
                        file.path() + ": tensor " + entry.name() + " is " + entry.type() + ", not F32, F16 or BF16");
        }
    }
}
