package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a LoRA is, for people. Told from its header; whether it fits a model only that model tells.
 *
 * @param modules how many weights it changes in each network, by the beginning of their names
 * @param ranks from the smallest to the largest
 * @param numbers by type of element
 */
public record LoraSummary(Map<String, Integer> modules, SortedSet<Long> ranks, Map<DataType, Long> numbers) {
    public LoraSummary {
        modules = Collections.unmodifiableMap(new TreeMap<>(modules));
        ranks = Collections.unmodifiableSortedSet(new TreeSet<>(ranks));
        numbers = Collections.unmodifiableMap(new EnumMap<>(numbers));
    }

    /**
     * Reads a header.
     *
     * @throws ModelException when it is of a kind that is not supported, or no LoRA
     */
    public static LoraSummary of(Path path) throws ModelException {
        SafetensorsFile file = SafetensorsSource.file(path);
        LoraKind.refuseOthers(file, String.valueOf(path.getFileName()));
        Map<String, Integer> modules = new TreeMap<>();
        SortedSet<Long> ranks = new TreeSet<>();
        Map<DataType, Long> numbers = new EnumMap<>(DataType.class);
        for (String name : file.names()) {
            TensorEntry entry = file.find(name).orElseThrow();
            numbers.merge(entry.type(), entry.size(), Long::sum);
            Optional<String> module = LoraReader.Part.DOWN.module(name);
            if (module.isPresent() && !entry.shape().isEmpty()) {
                modules.merge(network(name), 1, Integer::sum);
                ranks.add(entry.shape().get(0));
            }
        }
        if (modules.isEmpty()) {
            throw new ModelException(path + " is no LoRA: no tensor of it is called like one's");
        }
        return new LoraSummary(modules, ranks, numbers);
    }

    private static String network(String name) {
        if (name.startsWith("lora_te2_") || name.startsWith("text_encoder_2.")) {
            return "text_encoder_2";
        }
        return name.startsWith("lora_te") || name.startsWith("text_encoder.") ? "text_encoder" : "unet";
    }
}
