package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The tensors of one safetensors file under their own names. */
public final class SafetensorsSource implements TensorSource {
    private final SafetensorsFile file;

    private SafetensorsSource(SafetensorsFile file) {
        this.file = file;
    }

    /** Opens the file {@code name} of a component's folder. */
    public static SafetensorsSource open(Path folder, String name) throws ModelException {
        Path path = folder.resolve(name);
        if (!Files.exists(path)) {
            throw new ModelException(path + " is missing. Weights are read from this file only: shards, other names"
                    + " and pickled .bin files are not");
        }
        try {
            return new SafetensorsSource(SafetensorsFile.open(path));
        } catch (IOException e) {
            throw new ModelException(e.getMessage() == null ? path + " cannot be read" : e.getMessage(), e);
        }
    }

    /** The file, links resolved. */
    public Path path() {
        return file.path();
    }

    @Override
    public Path folder() {
        Path parent = file.path().getParent();
        return parent == null ? file.path().getRoot() : parent;
    }

    @Override
    public boolean has(String name) {
        return file.find(name).isPresent();
    }

    @Override
    public StoredTensor require(String name, long... shape) throws ModelException {
        TensorEntry entry =
                file.find(name).orElseThrow(() -> new ModelException(file.path() + ": there is no tensor " + name));
        List<Long> expected = Arrays.stream(shape).boxed().toList();
        if (!entry.shape().equals(expected)) {
            throw new ModelException(file.path() + ": tensor " + name + " has the shape " + entry.shape()
                    + ", the configuration asks for " + expected);
        }
        switch (entry.type()) {
            case F32, F16, BF16 -> {
                return new StoredTensor(
                        file.path().getFileName().toString(), entry.type(), entry.offset(), entry.length());
            }
            default ->
                throw new ModelException(
                        file.path() + ": tensor " + name + " is " + entry.type() + ", not F32, F16 or BF16");
        }
    }
}
