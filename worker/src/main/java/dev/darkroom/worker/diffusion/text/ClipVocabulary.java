package dev.darkroom.worker.diffusion.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * CLIP's own vocabulary, which every Stable Diffusion model was trained with and a checkpoint in a single file does not
 * bring. Only its merges are stored: the tokens are the letters that stand for bytes, the same at the end of a word,
 * what each merge makes, and the two marks.
 */
public final class ClipVocabulary {
    /** Number of tokens. */
    public static final int SIZE = 49_408;

    private static final String MERGES = "clip-merges.txt.gz";

    private ClipVocabulary() {}

    /** A tokenizer with this vocabulary. */
    public static ClipTokenizer tokenizer(SpecialTokens special) {
        List<String> merges = merges();
        return new ClipTokenizer(tokens(merges), merges, special);
    }

    static Map<String, Integer> tokens(List<String> merges) {
        Map<String, Integer> tokens = new HashMap<>();
        List<String> letters = IntStream.range(0, 256)
                .mapToObj(BytePairs::letter)
                .sorted()
                .map(letter -> Character.toString(letter))
                .toList();
        letters.forEach(letter -> tokens.put(letter, tokens.size()));
        letters.forEach(letter -> tokens.put(letter + BytePairs.END_OF_WORD, tokens.size()));
        merges.forEach(merge -> tokens.put(merge.replace(" ", ""), tokens.size()));
        tokens.put(SpecialTokens.CLIP.start(), tokens.size());
        tokens.put(SpecialTokens.CLIP.end(), tokens.size());
        return tokens;
    }

    static List<String> merges() {
        try (InputStream in =
                new GZIPInputStream(Objects.requireNonNull(ClipVocabulary.class.getResourceAsStream(MERGES), MERGES))) {
            return ClipTokenizer.parseMerges(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("Darkroom's own " + MERGES + " cannot be read", e);
        }
    }
}
