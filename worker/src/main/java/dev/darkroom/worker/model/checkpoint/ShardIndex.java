package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The list of weights that lie in several files ({@code model.safetensors.index.json}): which tensor is in which file,
 * all of them beside the list. The names come from outside: one that leads out of the folder is refused.
 *
 * @param path of the list itself
 * @param weightMap name of the file by name of the tensor
 */
record ShardIndex(Path path, Map<String, String> weightMap) {
    private static final int MAX_FILES = 1000;
    private static final int MAX_NAME = 255;
    private static final String SUFFIX = ".safetensors";

    ShardIndex {
        weightMap = Map.copyOf(weightMap);
    }

    /** Reads and checks a list; the files themselves are not looked at. */
    static ShardIndex read(Path path) throws ModelException {
        ConfigFile file = ConfigFile.read(path);
        if (!(file.values().get("weight_map") instanceof Map<?, ?> map) || map.isEmpty()) {
            throw file.error("has no weight_map, which says what tensor is in what file");
        }
        Map<String, String> weightMap = new TreeMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getValue() instanceof String name)) {
                throw file.error("names no file for the tensor " + ConfigFile.abbreviated(entry.getKey()));
            }
            checkName(file, name);
            weightMap.put(entry.getKey().toString(), name);
        }
        ShardIndex index = new ShardIndex(path, weightMap);
        if (index.files().size() > MAX_FILES) {
            throw file.error("names more than " + MAX_FILES + " files");
        }
        return index;
    }

    private static void checkName(ConfigFile file, String name) throws ModelException {
        boolean plain = name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
        if (!plain || name.startsWith("..") || name.length() > MAX_NAME) {
            throw file.error("names a file that would not lie beside it: " + ConfigFile.abbreviated(name));
        }
        if (!name.toLowerCase(Locale.ROOT).endsWith(SUFFIX)) {
            throw file.error("names a file that is not a " + SUFFIX + ": " + ConfigFile.abbreviated(name));
        }
    }

    /** Names of the files, each once, in their order. */
    List<String> files() {
        return weightMap.values().stream().distinct().sorted().toList();
    }
}
