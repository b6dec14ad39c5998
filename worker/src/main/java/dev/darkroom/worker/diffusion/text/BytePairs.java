package dev.darkroom.worker.diffusion.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Byte-pair encoding of single words (Sennrich et al., 2016) over the bytes of their UTF-8 form, the last byte marked
 * with {@code </w>}. Safe for use by several threads.
 */
final class BytePairs {
    static final String END_OF_WORD = "</w>";
    private static final int REMEMBERED_WORDS = 4096;
    private static final int REMEMBERED_LENGTH = 32;

    private final int[] inner = new int[256];
    private final int[] last = new int[256];
    private final MergeTable merges;
    /** Short words that were met before; no more are added when it is full. */
    private final Map<String, int[]> remembered = new ConcurrentHashMap<>();

    BytePairs(Map<String, Integer> vocabulary, List<String> merges) {
        for (int b = 0; b < 256; b++) {
            String letter = Character.toString(letter(b));
            inner[b] = byteToken(vocabulary, letter, b);
            last[b] = byteToken(vocabulary, letter + END_OF_WORD, b);
        }
        this.merges = new MergeTable(merges, vocabulary);
    }

    private static int byteToken(Map<String, Integer> vocabulary, String token, int value) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new IllegalArgumentException(
                    "The vocabulary lacks the token '" + token + "' for byte " + value + ": not every text has tokens");
        }
        return id;
    }

    /** The printable letter that stands for a byte in the vocabulary: itself where printable, else one from 256 on. */
    static char letter(int value) {
        if ((value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE) {
            return (char) value;
        }
        if (value <= ' ') {
            return (char) (256 + value);
        }
        return (char) (value == 0xAD ? 256 + 67 : 256 + 33 + (value - 0x7F));
    }

    /** The tokens of a word that is not empty; the array is shared and must not be changed. */
    int[] encode(String word) {
        int[] known = remembered.get(word);
        if (known != null) {
            return known;
        }
        int[] tokens = merge(symbols(word));
        if (word.length() <= REMEMBERED_LENGTH && remembered.size() < REMEMBERED_WORDS) {
            remembered.put(word, tokens);
        }
        return tokens;
    }

    private int[] symbols(String word) {
        byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
        int[] symbols = new int[utf8.length];
        for (int i = 0; i < utf8.length; i++) {
            symbols[i] = (i == utf8.length - 1 ? last : inner)[utf8[i] & 0xff];
        }
        return symbols;
    }

    /**
     * Joins the neighbours with the lowest rank, the leftmost first, until none has a rank. The symbols are a linked
     * list (a joined pair stays at its left place) and the candidates a heap, so a long word costs n log n.
     */
    private int[] merge(int[] symbols) {
        int n = symbols.length;
        int[] before = new int[n];
        int[] after = new int[n];
        PriorityQueue<Long> candidates = new PriorityQueue<>();
        for (int i = 0; i < n; i++) {
            before[i] = i - 1;
            after[i] = i + 1;
            if (i > 0) {
                offer(candidates, symbols, i - 1, i);
            }
        }
        boolean[] gone = new boolean[n];
        for (Long candidate = candidates.poll(); candidate != null; candidate = candidates.poll()) {
            int left = candidate.intValue();
            int right = after[left];
            if (gone[left] || right == n || merges.rank(symbols[left], symbols[right]) != candidate >>> 32) {
                continue; // one of the two has been joined with another in the meantime
            }
            symbols[left] = merges.merged(symbols[left], symbols[right]);
            gone[right] = true;
            after[left] = after[right];
            if (after[left] < n) {
                before[after[left]] = left;
                offer(candidates, symbols, left, after[left]);
            }
            if (before[left] >= 0) {
                offer(candidates, symbols, before[left], left);
            }
        }
        return remaining(symbols, after);
    }

    private void offer(PriorityQueue<Long> candidates, int[] symbols, int left, int right) {
        int rank = merges.rank(symbols[left], symbols[right]);
        if (rank != MergeTable.NEVER) {
            candidates.add(((long) rank << 32) | left);
        }
    }

    private static int[] remaining(int[] symbols, int[] after) {
        int count = 0;
        for (int i = 0; i < symbols.length; i = after[i]) {
            symbols[count++] = symbols[i];
        }
        return Arrays.copyOf(symbols, count);
    }
}
