package dev.darkroom.worker.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Weights in several files with a list of them, as diffusers saves large networks. */
public final class Shards {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Shards() {}

    /**
     * Puts shards in place of a file.
     *
     * @param stem of their names: {@code model.fp16} gives {@code model.fp16-00001-of-00002.safetensors}
     * @param list name of their list
     * @return the shards
     */
    public static List<Path> split(Path file, int count, String stem, String list) throws IOException {
        SafetensorsFile whole = SafetensorsFile.open(file);
        ObjectNode index = JSON.createObjectNode();
        index.putObject("metadata").put("total_size", Files.size(file));
        ObjectNode map = index.putObject("weight_map");
        List<String> names = List.copyOf(whole.names());
        List<Path> shards = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = String.format("%s-%05d-of-%05d.safetensors", stem, i + 1, count);
            List<Spec> specs = new ArrayList<>();
            for (int k = i; k < names.size(); k += count) {
                TensorEntry entry = whole.find(names.get(k)).orElseThrow();
                specs.add(new Spec(entry.name(), entry.type(), entry.shape()));
                map.put(entry.name(), name);
            }
            shards.add(file.resolveSibling(name));
            SafetensorsWriter.write(file.resolveSibling(name), specs, (spec, first, target) -> {
                try {
                    int from = Math.toIntExact(first * spec.type().bytes());
                    target.put(whole.map(spec.name()).slice(from, target.remaining()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        Files.delete(file);
        Files.writeString(file.resolveSibling(list), JSON.writeValueAsString(index));
        return shards;
    }
}
