package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the {@code tokenizer} folder of a checkpoint. */
final class TokenizerFiles {
    private static final long MAX_BYTES = 16L << 20;

    private TokenizerFiles() {}

    static ClipTokenizer read(Path folder, int vocabularySize) throws ModelException {
        ConfigFile file = ConfigFile.read(folder.resolve("vocab.json"));
        Map<String, Integer> vocabulary = new HashMap<>();
        for (String token : file.values().keySet()) {
            int id = file.integer(token);
            if (id < 0 || id >= vocabularySize) {
                throw file.error("gives the token \"" + token + "\" the id " + id + ", but the text encoder knows "
                        + vocabularySize + " tokens");
            }
            vocabulary.put(token, id);
        }
        return new ClipTokenizer(vocabulary, merges(folder.resolve("merges.txt")));
    }

    private static List<String> merges(Path path) throws ModelException {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new ModelException(path + " is larger than " + MAX_BYTES + " bytes");
            }
            return Files.readAllLines(path).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#version"))
                    .toList();
        } catch (CharacterCodingException e) {
            throw new ModelException(path + " is not UTF-8", e);
        } catch (IOException e) {
            throw new ModelException(path + " cannot be read: " + e.getMessage(), e);
        }
    }
}
