package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.AppliedEmbedding;
import dev.darkroom.worker.model.EmbeddingFile;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.UnusableEmbedding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The words that textual inversions add to a model, and the rows that they add to the token table of each text encoder.
 * Their ids follow those of the vocabulary. Immutable.
 */
public final class AddedTokens {
    /** Of all words together. */
    private static final int MOST_ROWS = 4096;

    private final Map<String, int[]> ids;
    private final List<float[]> first;
    private final List<float[]> second;
    private final List<AppliedEmbedding> applied;

    private final List<UnusableEmbedding> unusable;

    private AddedTokens(Collected collected) {
        this.ids = Map.copyOf(collected.ids);
        this.first = List.copyOf(collected.first);
        this.second = List.copyOf(collected.second);
        this.applied = List.copyOf(collected.applied.values());
        this.unusable = List.copyOf(collected.unusable);
    }

    /**
     * Reads the textual inversions that fit a checkpoint; those for other families are left alone. Files that are broken, or are
     * two for one word, make words that are not usable.
     *
     * @throws UnsupportedModelException when all together are too many
     */
    public static AddedTokens of(Checkpoint checkpoint, List<EmbeddingFile> files) throws UnsupportedModelException {
        Collected collected = new Collected(checkpoint.textEncoder().vocabulary());
        Map<String, String> broken = new LinkedHashMap<>();
        for (EmbeddingFile file : files) {
            try {
                EmbeddingReader.read(file, checkpoint).ifPresent(vectors -> collected.add(file, vectors));
            } catch (ModelException e) {
                broken.put(file.token().orElse(file.id()), String.valueOf(e.getMessage()));
            }
        }
        if (collected.first.size() > MOST_ROWS) {
            throw new UnsupportedModelException(
                    "The embeddings have " + collected.first.size() + " vectors, more than " + MOST_ROWS);
        }
        collected.addUnusable(broken);
        return new AddedTokens(collected);
    }

    /** What was read so far. Ids of words that are not usable follow those of all rows: no table has them. */
    private static final class Collected {
        private final int vocabulary;
        private final Map<String, int[]> ids = new HashMap<>();
        private final List<float[]> first = new ArrayList<>();
        private final List<float[]> second = new ArrayList<>();
        private final Map<String, AppliedEmbedding> applied = new LinkedHashMap<>();
        private final Map<String, String> twice = new LinkedHashMap<>();
        private final List<UnusableEmbedding> unusable = new ArrayList<>();

        Collected(int vocabulary) {
            this.vocabulary = vocabulary;
        }

        void add(EmbeddingFile file, EmbeddingReader.Vectors vectors) {
            String word = vectors.token().toLowerCase(Locale.ROOT);
            AppliedEmbedding before = applied.remove(word);
            if (before != null || twice.containsKey(word)) {
                twice.merge(
                        word,
                        "Two embeddings are for the word " + vectors.token() + ", one is " + file.id() + " ("
                                + file.path() + "): give one of them another token",
                        (one, another) -> one);
                return;
            }
            int[] rows = new int[vectors.first().size()];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = vocabulary + first.size() + i;
            }
            ids.put(word, rows);
            applied.put(word, new AppliedEmbedding(file.id(), vectors.token(), rows[0], vectors.sha256()));
            first.addAll(vectors.first());
            second.addAll(vectors.second());
        }

        /** A file that cannot be read may be of another family: where its word is a whole one's, that one has it. */
        void addUnusable(Map<String, String> broken) {
            twice.forEach(this::addUnusable);
            broken.forEach((word, why) -> {
                if (!word.isBlank() && !ids.containsKey(word.toLowerCase(Locale.ROOT))) {
                    addUnusable(word, why);
                }
            });
        }

        private void addUnusable(String word, String why) {
            int token = vocabulary + first.size() + unusable.size();
            ids.put(word.toLowerCase(Locale.ROOT), new int[] {token});
            unusable.add(new UnusableEmbedding(word, token, why));
        }
    }

    /** By word, in lower case. */
    public Map<String, int[]> ids() {
        return ids;
    }

    /** Those that fit, in the order of their tokens. */
    public List<AppliedEmbedding> applied() {
        return applied;
    }

    /** Those that were to be there and are not. */
    public List<UnusableEmbedding> unusable() {
        return unusable;
    }

    /** Rows of the first text encoder's table. */
    public List<float[]> first() {
        return first;
    }

    /** Rows of the second one's, as many; none where there is no second. */
    public List<float[]> second() {
        return second;
    }
}
