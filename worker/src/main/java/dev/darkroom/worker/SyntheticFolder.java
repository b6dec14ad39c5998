package dev.darkroom.worker;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.SyntheticCheckpoint;
import dev.darkroom.worker.model.runtime.SyntheticFamily;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Where a made-up checkpoint lies: in a folder that is kept for the next time, or in one that goes with this. */
final class SyntheticFolder implements AutoCloseable {
    private final SyntheticFamily family;
    private final DataType type;
    private final Path root;
    private final Optional<Path> temporary;

    private SyntheticFolder(SyntheticFamily family, DataType type, Path root, Optional<Path> temporary) {
        this.family = family;
        this.type = type;
        this.root = root;
        this.temporary = temporary;
    }

    /**
     * Nothing is written yet.
     *
     * @param type F32 or F16
     * @param kept a folder for checkpoints of any family and type
     */
    static SyntheticFolder open(SyntheticFamily family, DataType type, Optional<Path> kept) throws IOException {
        Path place = kept.isPresent() ? kept.get() : Files.createTempDirectory("darkroom-bench");
        String name = family.label() + "-" + type.name().toLowerCase(Locale.ROOT);
        return new SyntheticFolder(
                family, type, place.resolve(name), kept.isPresent() ? Optional.empty() : Optional.of(place));
    }

    /** The folder of its UNet, which is written if it is not there. */
    Path unet() throws IOException, ModelException {
        Path unet = root.resolve("unet");
        if (Files.notExists(unet.resolve(OnnxModelLoader.UNET_WEIGHTS))) {
            SyntheticCheckpoint.writeUnet(unet, family, type);
        }
        return unet;
    }

    /** The whole checkpoint, the same. */
    Path model() throws IOException, ModelException {
        if (Files.notExists(root.resolve("model_index.json"))) {
            SyntheticCheckpoint.writeModel(root, family, type);
        }
        return root;
    }

    @Override
    public void close() throws IOException {
        if (temporary.isEmpty()) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> all = Files.walk(temporary.get())) {
            paths = all.sorted(Comparator.reverseOrder()).toList(); // a folder after what is in it
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
