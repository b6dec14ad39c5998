package dev.darkroom.worker.diffusion.text;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Which two tokens may be joined, into which token, and how early. A hash table with open addressing. Immutable. */
final class MergeTable {
    /** Rank of a pair that does not merge. */
    static final int NEVER = Integer.MAX_VALUE;

    private static final long FREE = -1;
    private static final long SPREAD = 0x9e3779b97f4a7c15L;

    private final long[] pairs;
    private final int[] ranks;
    private final int[] merged;
    private final int shift;

    /**
     * Builds the table.
     *
     * @param merges pairs of tokens, a space between them, the earliest first
     * @throws IllegalArgumentException when a line is not a pair or a token is not in the vocabulary
     */
    MergeTable(List<String> merges, Map<String, Integer> vocabulary) {
        int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(merges.size()));
        this.pairs = new long[1 << bits];
        this.ranks = new int[1 << bits];
        this.merged = new int[1 << bits];
        this.shift = Long.SIZE - bits;
        Arrays.fill(pairs, FREE);
        for (int rank = 0; rank < merges.size(); rank++) {
            String line = merges.get(rank);
            int space = line.indexOf(' ');
            if (space <= 0 || space == line.length() - 1 || line.indexOf(' ', space + 1) >= 0) {
                throw new IllegalArgumentException("Merge " + rank + " is not two tokens: '" + line + "'");
            }
            String left = line.substring(0, space);
            String right = line.substring(space + 1);
            put(
                    pair(id(vocabulary, left, rank), id(vocabulary, right, rank)),
                    rank,
                    id(vocabulary, left + right, rank));
        }
    }

    private static int id(Map<String, Integer> vocabulary, String token, int rank) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new IllegalArgumentException(
                    "Merge " + rank + " needs '" + token + "', which is not in the vocabulary");
        }
        return id;
    }

    private void put(long pair, int rank, int id) {
        int slot = slot(pair);
        if (pairs[slot] == FREE) {
            pairs[slot] = pair;
            ranks[slot] = rank;
            merged[slot] = id;
        }
    }

    /** How early two neighbours are joined, smaller is earlier; {@link #NEVER} if they are not. */
    int rank(int left, int right) {
        int slot = slot(pair(left, right));
        return pairs[slot] == FREE ? NEVER : ranks[slot];
    }

    /** The token that two neighbours with a rank become. */
    int merged(int left, int right) {
        return merged[slot(pair(left, right))];
    }

    private static long pair(int left, int right) {
        return ((long) left << 32) | right;
    }

    /** Where a pair is, or the free place where it would be. */
    private int slot(long pair) {
        int slot = (int) ((pair * SPREAD) >>> shift);
        while (pairs[slot] != FREE && pairs[slot] != pair) {
            slot = (slot + 1) & (pairs.length - 1);
        }
        return slot;
    }
}
