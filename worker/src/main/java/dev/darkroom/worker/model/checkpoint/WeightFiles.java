package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Finds the weights in the folder of one network, under the names that diffusers and transformers give them: one file,
 * or several with a list of them, and the same as a variant ({@code model.fp16.safetensors}). The plain name is taken
 * before a variant, which is a rounded copy of it; a variant that means something else ({@code non_ema}) is not taken.
 * Links are followed wherever they lead: who set them could have put the file there.
 */
public final class WeightFiles {
    private static final List<String> VARIANTS = List.of("fp16", "bf16");
    private static final int LISTED = 20;
    private static final String SUFFIX = ".safetensors";

    private WeightFiles() {}

    /**
     * Opens the weights of a folder.
     *
     * @param name of the plain file, {@code diffusion_pytorch_model.safetensors} or {@code model.safetensors}
     */
    static SafetensorsSource open(Path folder, String name) throws ModelException {
        for (String candidate : names(name)) {
            Path path = folder.resolve(candidate);
            if (Files.exists(path)) {
                return isList(candidate) ? SafetensorsSource.of(ShardIndex.read(path)) : SafetensorsSource.of(path);
            }
        }
        throw missing(folder, name);
    }

    /**
     * What the weights of a network may be called, first what is taken first.
     *
     * @param name of the plain file
     */
    public static List<String> names(String name) {
        List<String> names = new ArrayList<>(List.of(name, name + ".index.json"));
        String stem = name.substring(0, name.length() - SUFFIX.length());
        for (String variant : VARIANTS) {
            names.add(stem + "." + variant + SUFFIX);
            names.add(name + ".index." + variant + ".json");
            names.add(name + "." + variant + ".index.json"); // as it was called once
        }
        return names;
    }

    /** Whether one of the {@link #names} is that of a list of shards, not of weights. */
    public static boolean isList(String name) {
        return name.endsWith(".json");
    }

    private static ModelException missing(Path folder, String name) {
        Path path = folder.resolve(name);
        if (Files.isSymbolicLink(path)) {
            return new ModelException(path + " is a link to a file that is not there");
        }
        List<String> others = weights(folder);
        if (!others.isEmpty() && others.stream().noneMatch(other -> other.endsWith(SUFFIX))) {
            return new UnsupportedModelException(path + " is missing, and " + others.get(0) + " beside it is a pickle,"
                    + " which can hold code that runs when it is read: convert it to " + SUFFIX);
        }
        String found = others.isEmpty() ? "" : "; what is there is not one of these: " + String.join(", ", others);
        return new ModelException(path + " is missing, and so is a list of shards or a variant ("
                + String.join(", ", VARIANTS) + ")" + found);
    }

    /** Some names of files that hold weights of whatever kind. */
    private static List<String> weights(Path folder) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{safetensors,bin,ckpt,pt,pth}")) {
            for (Path file : files) {
                if (names.size() == LISTED) {
                    break;
                }
                names.add(String.valueOf(file.getFileName()));
            }
        } catch (IOException | DirectoryIteratorException e) {
            return List.of(); // only for a better message: the folder itself may be missing
        }
        Collections.sort(names);
        return names;
    }
}
