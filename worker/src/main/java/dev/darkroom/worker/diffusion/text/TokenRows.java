package dev.darkroom.worker.diffusion.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a text encoder gets: rows of token ids, and how much each token weighs.
 *
 * @param ids {@code (rows, 77)}, both marks and the padding included
 * @param weights {@code (rows, 77)}; the marks and the padding weigh 1
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on their way into a network: never compared, never hashed
public record TokenRows(int[][] ids, float[][] weights) {
    /** How far back from a full chunk a comma is looked for, in tokens. */
    private static final int COMMA_REACH = 20;

    private static final int MARKS = 2;

    public TokenRows {
        if (ids.length != weights.length) {
            throw new IllegalArgumentException(ids.length + " rows of tokens, but " + weights.length + " of weights");
        }
    }

    /** A row for each text, cut where it is too long, all of the same weight: what diffusers makes of a prompt. */
    public static TokenRows plain(ClipTokenizer tokenizer, List<String> texts) {
        int[][] ids = texts.stream().map(tokenizer::padded).toArray(int[][]::new);
        float[][] weights = new float[ids.length][tokenizer.maxLength()];
        for (float[] row : weights) {
            Arrays.fill(row, 1);
        }
        return new TokenRows(ids, weights);
    }

    /**
     * As many rows as a prompt needs, 75 tokens in each, as A1111's web UI cuts it: a new row for a new section, and where
     * one is full; in the latter case everything behind its last comma goes along, if that is at most 20 tokens back.
     */
    public static TokenRows weighted(ClipTokenizer tokenizer, WeightedPrompt prompt) {
        Chunks chunks = new Chunks(tokenizer);
        for (int i = 0; i < prompt.sections().size(); i++) {
            if (i > 0) {
                chunks.close();
            }
            prompt.sections().get(i).forEach(chunks::add);
        }
        return chunks.rows();
    }

    /** Whether all tokens weigh the same. */
    public boolean areEven() {
        return Arrays.stream(weights).allMatch(TokenRows::isEven);
    }

    private static boolean isEven(float[] row) {
        for (float weight : row) {
            if (weight != 1) {
                return false;
            }
        }
        return true;
    }

    /** A token and its weight. */
    private record Weighed(int id, float weight) {}

    /** Fills rows from left to right. */
    private static final class Chunks {
        private final ClipTokenizer tokenizer;
        private final int size;
        private final int comma;
        private final List<List<Weighed>> full = new ArrayList<>();
        private List<Weighed> open = new ArrayList<>();
        private int lastComma = -1;

        Chunks(ClipTokenizer tokenizer) {
            this.tokenizer = tokenizer;
            this.size = tokenizer.maxLength() - MARKS;
            this.comma = tokenizer.encode(",")[1];
        }

        void add(WeightedPrompt.Part part) {
            int[] marked = tokenizer.encodeWhole(part.text());
            for (int i = 1; i < marked.length - 1; i++) {
                int together = tokenizer.together(marked[i]);
                if (together > 1 && open.size() + together > size) {
                    close(); // the tokens of one word go into one row
                }
                add(new Weighed(marked[i], (float) part.weight()));
            }
        }

        private void add(Weighed token) {
            if (token.id() == comma) {
                lastComma = open.size();
            } else if (open.size() == size && lastComma >= 0 && size - lastComma <= COMMA_REACH) {
                List<Weighed> tail = open.subList(lastComma + 1, size);
                List<Weighed> moved = new ArrayList<>(tail);
                tail.clear();
                close();
                open.addAll(moved);
            }
            if (open.size() == size) {
                close();
            }
            open.add(token);
        }

        void close() {
            full.add(open);
            open = new ArrayList<>();
            lastComma = -1;
        }

        TokenRows rows() {
            if (!open.isEmpty() || full.isEmpty()) {
                close();
            }
            int[][] ids = new int[full.size()][];
            float[][] weights = new float[full.size()][tokenizer.maxLength()];
            for (int row = 0; row < ids.length; row++) {
                List<Weighed> chunk = full.get(row);
                ids[row] = tokenizer.row(chunk.stream().mapToInt(Weighed::id).toArray());
                Arrays.fill(weights[row], 1);
                for (int i = 0; i < chunk.size(); i++) {
                    weights[row][1 + i] = chunk.get(i).weight();
                }
            }
            return new TokenRows(ids, weights);
        }
    }
}
