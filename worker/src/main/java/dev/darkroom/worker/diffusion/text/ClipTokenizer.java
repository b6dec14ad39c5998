package dev.darkroom.worker.diffusion.text;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * CLIP's byte-pair encoding, equal to the tokenizer that diffusers runs.
 *
 * <p>A text is brought to Unicode's composed form (NFC) and lower case, letter by letter, and cut into words: the
 * English contractions ({@code 's}, {@code 't}, {@code 're}, {@code 've}, {@code 'm}, {@code 'll}, {@code 'd}), runs of
 * letters, single digits, runs of anything else but white space. Each word is encoded by its bytes. {@linkplain
 * SpecialTokens Special tokens} in the text are taken out first. An unpaired surrogate counts as a question mark.
 *
 * <p>Immutable but for a bounded memory of words; safe for use by several threads.
 */
public final class ClipTokenizer {
    private static final List<String> CONTRACTIONS = List.of("'s", "'t", "'re", "'ve", "'m", "'ll", "'d");
    /** Below it no character combines with another: a text of such characters is in composed form. */
    private static final char FIRST_COMBINING = 0x300;

    private final SpecialTokens special;
    private final List<String> specialTokens;
    private final BytePairs bytePairs;
    private final int start;
    private final int end;
    private final int padding;
    private final Map<String, int[]> added;

    /** A tokenizer with the special tokens of CLIP. */
    public ClipTokenizer(Map<String, Integer> vocabulary, List<String> merges) {
        this(vocabulary, merges, SpecialTokens.CLIP);
    }

    /**
     * A tokenizer.
     *
     * @param vocabulary each token's id ({@code vocab.json})
     * @param merges pairs of tokens with a space between them, the earliest first; see {@link #parseMerges}
     * @throws IllegalArgumentException when a token that is needed is not in the vocabulary, or a merge is not a pair
     */
    public ClipTokenizer(Map<String, Integer> vocabulary, List<String> merges, SpecialTokens special) {
        vocabulary.forEach((token, id) -> {
            if (id < 0) {
                throw new IllegalArgumentException("The id of token '" + token + "' is negative: " + id);
            }
        });
        this.special = special;
        this.specialTokens = List.of(special.start(), special.end(), special.padding());
        this.bytePairs = new BytePairs(vocabulary, merges);
        this.start = specialId(vocabulary, special.start());
        this.end = specialId(vocabulary, special.end());
        this.padding = specialId(vocabulary, special.padding());
        this.added = Map.of();
    }

    private ClipTokenizer(ClipTokenizer base, Map<String, int[]> added) {
        this.special = base.special;
        this.specialTokens = base.specialTokens;
        this.bytePairs = base.bytePairs;
        this.start = base.start;
        this.end = base.end;
        this.padding = base.padding;
        this.added = Map.copyOf(added);
    }

    /**
     * The same with words of its own kind: each becomes the ids that are given, wherever it stands in a text, in capitals
     * or not.
     *
     * @param words not empty, and their ids; not changed later
     */
    public ClipTokenizer with(Map<String, int[]> words) {
        return words.isEmpty() ? this : new ClipTokenizer(this, words);
    }

    private static int specialId(Map<String, Integer> vocabulary, String token) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new IllegalArgumentException("The special token '" + token + "' is not in the vocabulary");
        }
        return id;
    }

    /** The lines of a {@code merges.txt}, without the version line and empty lines. */
    public static List<String> parseMerges(String text) {
        return text.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#version"))
                .toList();
    }

    /** Where a word that was added is taken for itself. */
    private enum Place {
        /** Inside of other words too, as in diffusers. */
        ANYWHERE,
        /** Not where more letters follow its own on either side, as in A1111's web UI. */
        WHOLE
    }

    /** The ids of a text between the start and the end mark, however many there are. */
    public int[] encode(String text) {
        return encode(text, Place.ANYWHERE);
    }

    /** The same, but an added word is not found inside of a longer one. */
    int[] encodeWhole(String text) {
        return encode(text, Place.WHOLE);
    }

    private int[] encode(String text, Place place) {
        Ids ids = new Ids();
        ids.add(start);
        int plain = 0;
        for (int at = 0; at < text.length(); ) {
            String token = specialAt(text, at, place);
            if (token.isEmpty()) {
                at++;
                continue;
            }
            addPlain(text.substring(plain, at), ids);
            ids.addAll(idsOf(token));
            at += token.length();
            plain = at;
        }
        addPlain(text.substring(plain), ids);
        ids.add(end);
        return ids.toArray();
    }

    /** The ids of a text between the two marks, the text cut if it is too long, filled up with the padding token. */
    public int[] padded(String text) {
        int[] marked = encode(text);
        return row(Arrays.copyOfRange(marked, 1, Math.min(marked.length, special.maxLength()) - 1));
    }

    /** Tokens between the two marks, filled up with the padding token; at most {@link #maxLength} with the marks. */
    int[] row(int[] tokens) {
        int[] row = new int[special.maxLength()];
        Arrays.fill(row, padding);
        row[0] = start;
        System.arraycopy(tokens, 0, row, 1, tokens.length);
        row[1 + tokens.length] = end;
        return row;
    }

    /** How long a padded sequence is, both marks included. */
    public int maxLength() {
        return special.maxLength();
    }

    private int[] idsOf(String token) {
        int[] word = added.get(token);
        if (word != null) {
            return word;
        }
        return new int[] {token.equals(special.start()) ? start : token.equals(special.end()) ? end : padding};
    }

    /** How many tokens stand for one word, of which this is the first; 1 for all that were not added. */
    int together(int id) {
        for (int[] word : added.values()) {
            if (word[0] == id) {
                return word.length;
            }
        }
        return 1;
    }

    /** The longest special token or added word that begins there; empty if none does. */
    private String specialAt(String text, int at, Place place) {
        String found = "";
        for (String token : specialTokens) {
            if (text.charAt(at) == token.charAt(0) && token.length() > found.length() && text.startsWith(token, at)) {
                found = token;
            }
        }
        for (String word : added.keySet()) {
            if (word.length() > found.length()
                    && text.regionMatches(true, at, word, 0, word.length())
                    && (place == Place.ANYWHERE || isWhole(text, at, at + word.length()))) {
                found = word;
            }
        }
        return found;
    }

    private static boolean isWhole(String text, int from, int to) {
        return !(joins(text, from) || joins(text, to));
    }

    /** Whether there are letters on both sides of a place in a text. */
    private static boolean joins(String text, int at) {
        return at > 0
                && at < text.length()
                && Letters.of(text.codePointBefore(at)) == Letters.LETTER
                && Letters.of(text.codePointAt(at)) == Letters.LETTER;
    }

    private void addPlain(String text, Ids ids) {
        String normal = lowerCase(composed(text));
        for (int at = 0; at < normal.length(); ) {
            int codePoint = normal.codePointAt(at);
            if (Letters.isWhiteSpace(codePoint)) {
                at += Character.charCount(codePoint);
                continue;
            }
            int wordEnd = wordEnd(normal, at);
            ids.addAll(bytePairs.encode(normal.substring(at, wordEnd)));
            at = wordEnd;
        }
    }

    private static String composed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= FIRST_COMBINING) {
                return Normalizer.normalize(text, Normalizer.Form.NFC);
            }
        }
        return text;
    }

    private static String lowerCase(String text) {
        StringBuilder lower = new StringBuilder(text.length() + 8);
        for (int at = 0; at < text.length(); ) {
            int codePoint = text.codePointAt(at);
            Letters.appendLowerCase(lower, codePoint);
            at += Character.charCount(codePoint);
        }
        return lower.toString();
    }

    private static int wordEnd(String text, int from) {
        int codePoint = text.codePointAt(from);
        if (codePoint == '\'') {
            for (String contraction : CONTRACTIONS) {
                if (text.startsWith(contraction, from)) {
                    return from + contraction.length();
                }
            }
        }
        int at = from + Character.charCount(codePoint);
        Letters kind = Letters.of(codePoint);
        if (kind == Letters.NUMBER) {
            return at;
        }
        while (at < text.length()) {
            codePoint = text.codePointAt(at);
            if (Letters.of(codePoint) != kind) {
                break;
            }
            at += Character.charCount(codePoint);
        }
        return at;
    }

    /** A growing list of ids. */
    private static final class Ids {
        private int[] values = new int[128];
        private int size;

        void add(int id) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = id;
        }

        void addAll(int[] ids) {
            for (int id : ids) {
                add(id);
            }
        }

        int[] toArray() {
            return Arrays.copyOf(values, size);
        }
    }
}
