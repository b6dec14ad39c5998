package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.ClipVocabulary;
import dev.darkroom.worker.diffusion.text.SpecialTokens;
import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code tokenizer} folder of a checkpoint: {@code vocab.json}, {@code merges.txt}, and the names of the special
 * tokens in {@code tokenizer_config.json} and {@code special_tokens_map.json}. Where the two disagree it is as in
 * transformers: the first one holds if it lists all added tokens, as folders written since 2023 do; in older ones, such
 * as those of Stable Diffusion 2, the second one does. Where the one is silent the other is asked. A folder without a
 * vocabulary has CLIP's own.
 */
final class TokenizerFiles {
    private static final long MAX_BYTES = 16L << 20;

    /** What is wrong with a tokenizer can be said with a text from its files. */
    private static final int LONGEST_PROBLEM = 300;

    private TokenizerFiles() {}

    /** Reads a tokenizer that fits the text encoder. */
    static ClipTokenizer read(Path folder, ClipTextConfig encoder) throws ModelException {
        Path vocabulary = folder.resolve("vocab.json");
        Path merges = folder.resolve("merges.txt");
        boolean hasNone = Files.notExists(vocabulary) && Files.notExists(merges);
        boolean clips = hasNone && encoder.vocabulary() == ClipVocabulary.SIZE;
        SpecialTokens special = specialTokens(folder, encoder, clips ? usual(encoder) : SpecialTokens.CLIP);
        try {
            return clips
                    ? ClipVocabulary.tokenizer(special)
                    : new ClipTokenizer(vocabulary(vocabulary, encoder.vocabulary()), merges(merges), special);
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    folder + " does not hold a CLIP tokenizer: "
                            + ConfigFile.abbreviated(e.getMessage(), LONGEST_PROBLEM),
                    e);
        }
    }

    /** What the text encoders of Stable Diffusion are given: one that is not OpenAI's CLIP is an OpenCLIP. */
    private static SpecialTokens usual(ClipTextConfig encoder) {
        TextKind kind = encoder.activation() == Activation.GELU ? TextKind.OPEN_CLIP : TextKind.CLIP;
        return kind.specialTokens();
    }

    private static Map<String, Integer> vocabulary(Path path, int size) throws ModelException {
        ConfigFile file = ConfigFile.read(path);
        Map<String, Integer> vocabulary = new HashMap<>();
        for (String token : file.values().keySet()) {
            int id = file.integer(token);
            if (id < 0 || id >= size) {
                throw file.error("gives the token \"" + ConfigFile.abbreviated(token) + "\" the id " + id
                        + ", but the text encoder has " + size + " tokens");
            }
            vocabulary.put(token, id);
        }
        return vocabulary;
    }

    private static List<String> merges(Path path) throws ModelException {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new ModelException(path + " is larger than " + MAX_BYTES + " bytes");
            }
            return ClipTokenizer.parseMerges(Files.readString(path));
        } catch (IOException e) {
            throw new ModelException(path + " cannot be read as UTF-8: " + e.getMessage(), e);
        }
    }

    private static SpecialTokens specialTokens(Path folder, ClipTextConfig encoder, SpecialTokens otherwise)
            throws ModelException {
        ConfigFile config = ConfigFile.readIfPresent(folder.resolve("tokenizer_config.json"));
        ConfigFile map = ConfigFile.readIfPresent(folder.resolve("special_tokens_map.json"));
        List<ConfigFile> sources = config.has("added_tokens_decoder") ? List.of(config, map) : List.of(map, config);
        try {
            return new SpecialTokens(
                    token(sources, "bos_token").orElse(otherwise.start()),
                    token(sources, "eos_token").orElse(otherwise.end()),
                    token(sources, "pad_token").orElse(otherwise.padding()),
                    encoder.tokens());
        } catch (IllegalArgumentException e) {
            throw new ModelException(folder + ": " + ConfigFile.abbreviated(e.getMessage(), LONGEST_PROBLEM), e);
        }
    }

    /** A token is written as its text, or as an object that has it as {@code content}. */
    private static Optional<String> token(List<ConfigFile> sources, String key) throws ModelException {
        for (ConfigFile source : sources) {
            Object value = source.values().get(key);
            Object content = value instanceof Map<?, ?> token ? token.get("content") : value;
            if (content instanceof String text) {
                return Optional.of(text);
            }
            if (content != null) {
                throw source.error(key + " must be a token, not " + ConfigFile.abbreviated(content));
            }
        }
        return Optional.empty();
    }
}
