package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.SpecialTokens;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tokenizers for tests. */
final class Tokenizers {
    private Tokenizers() {}

    /** Knows single letters only. */
    static ClipTokenizer letters() {
        Map<String, Integer> vocabulary = new HashMap<>();
        for (char letter = 'a'; letter <= 'z'; letter++) {
            vocabulary.put(String.valueOf(letter), vocabulary.size());
            vocabulary.put(letter + "</w>", vocabulary.size());
        }
        vocabulary.put("<|startoftext|>", vocabulary.size());
        vocabulary.put("<|endoftext|>", vocabulary.size());
        return new ClipTokenizer(vocabulary, List.of(), SpecialTokens.CLIP);
    }
}
