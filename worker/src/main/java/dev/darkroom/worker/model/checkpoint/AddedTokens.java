package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.AppliedEmbedding;
import dev.darkroom.worker.model.EmbeddingFile;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

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

    private AddedTokens(
            Map<String, int[]> ids, List<float[]> first, List<float[]> second, List<AppliedEmbedding> applied) {
        this.ids = Map.copyOf(ids);
        this.first = List.copyOf(first);
        this.second = List.copyOf(second);
        this.applied = List.copyOf(applied);
    }

    /**
     * Reads the textual inversions that fit a checkpoint; those for other families are left alone.
     *
     * @throws UnsupportedModelException when a file is no textual inversion, is broken, or two are for one word
     */
    public static AddedTokens of(Checkpoint checkpoint, List<EmbeddingFile> files) throws ModelException {
        Map<String, int[]> ids = new HashMap<>();
        List<float[]> first = new ArrayList<>();
        List<float[]> second = new ArrayList<>();
        List<AppliedEmbedding> applied = new ArrayList<>();
        int vocabulary = checkpoint.textEncoder().vocabulary();
        for (EmbeddingFile file : files) {
            Optional<EmbeddingReader.Vectors> read = EmbeddingReader.read(file, checkpoint);
            if (read.isEmpty()) {
                continue;
            }
            EmbeddingReader.Vectors vectors = read.get();
            int[] rows = new int[vectors.first().size()];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = vocabulary + first.size() + i;
            }
            if (ids.put(vectors.token().toLowerCase(Locale.ROOT), rows) != null) {
                throw new UnsupportedModelException("Two embeddings are for the word " + vectors.token() + ", one is "
                        + file.id() + ": give one of them another token");
            }
            applied.add(new AppliedEmbedding(file.id(), vectors.token(), rows[0], vectors.sha256()));
            first.addAll(vectors.first());
            second.addAll(vectors.second());
        }
        if (first.size() > MOST_ROWS) {
            throw new UnsupportedModelException(
                    "The embeddings have " + first.size() + " vectors, more than " + MOST_ROWS);
        }
        return new AddedTokens(ids, first, second, applied);
    }

    /** By word, in lower case. */
    public Map<String, int[]> ids() {
        return ids;
    }

    /** Those that fit, in the order of their tokens. */
    public List<AppliedEmbedding> applied() {
        return applied;
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
