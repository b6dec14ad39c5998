package dev.darkroom.worker;

import dev.darkroom.worker.model.catalogue.ModelFolder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code --lora} names: a LoRA by its id, or a file, whose name without the ending is its id.
 *
 * @param scale empty where none is given
 */
record LoraOption(String name, Optional<Double> scale) {
    private static final Pattern SCALED = Pattern.compile("(.+):([+-]?[0-9]*\\.?[0-9]+)");

    static LoraOption parse(String text) {
        Matcher scaled = SCALED.matcher(text);
        return scaled.matches()
                ? new LoraOption(scaled.group(1), Optional.of(Double.parseDouble(scaled.group(2))))
                : new LoraOption(text, Optional.empty());
    }

    Path path() {
        return Path.of(name);
    }

    String id() {
        return ModelFolder.idOf(path());
    }
}
