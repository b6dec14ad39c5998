package dev.darkroom.worker.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TokenRowsTest {
    private static final ClipTokenizer CLIP = ClipVocabulary.tokenizer(SpecialTokens.CLIP);
    private static final ClipTokenizer BANG = ClipVocabulary.tokenizer(SpecialTokens.CLIP.withPadding("!"));
    private static final int CAT = CLIP.encode("cat")[1];
    private static final int COMMA = CLIP.encode(",")[1];

    @Test
    void aShortPromptWithoutMarksIsWhatItIsPlainly() {
        for (ClipTokenizer tokenizer : List.of(CLIP, BANG)) {
            TokenRows rows = weighted(tokenizer, "a photo of a cat, sitting");
            assertThat(rows.ids())
                    .isDeepEqualTo(TokenRows.plain(tokenizer, List.of("a photo of a cat, sitting"))
                            .ids());
            assertThat(rows.areEven()).isTrue();
            assertThat(TokenRows.plain(tokenizer, List.of("cat", "")).areEven()).isTrue();
        }
        assertThat(weighted(CLIP, "").ids())
                .isDeepEqualTo(TokenRows.plain(CLIP, List.of("")).ids());
    }

    @Test
    void seventyFiveTokensFillARow() {
        assertThat(words(weighted(CLIP, cats(75)))).containsExactly(75);
        assertThat(words(weighted(CLIP, cats(76)))).containsExactly(75, 1);
        assertThat(words(weighted(CLIP, cats(160)))).containsExactly(75, 75, 10);
        assertThat(words(weighted(BANG, cats(76)))).containsExactly(75, 1);
    }

    @Test
    void whatFollowsALateCommaGoesToTheNextRowWithIt() {
        assertThat(words(weighted(CLIP, cats(60) + ", " + cats(20)))).containsExactly(61, 20);
        assertThat(words(weighted(CLIP, cats(55) + ", " + cats(20))))
                .as("just near enough")
                .containsExactly(56, 20);
        assertThat(words(weighted(CLIP, cats(54) + ", " + cats(21))))
                .as("too far back")
                .containsExactly(75, 1);
        assertThat(words(weighted(CLIP, cats(60) + ", " + cats(14))))
                .as("it fits")
                .containsExactly(75);
        assertThat(words(weighted(CLIP, cats(75) + ","))).as("the comma itself").containsExactly(75, 1);
        assertThat(words(weighted(CLIP, cats(74) + ", " + cats(80))))
                .as("twice")
                .containsExactly(75, 75, 5);
    }

    @Test
    void aCommaThatBeginsARowStaysThereAlone() {
        ClipTokenizer small =
                ClipVocabulary.tokenizer(new SpecialTokens("<|startoftext|>", "<|endoftext|>", "<|endoftext|>", 7));
        int[][] rows = weighted(small, ", " + cats(5)).ids();
        assertThat(rows).hasDimensions(2, 7);
        assertThat(rows[0]).startsWith(CLIP.encode("")[0], COMMA, CLIP.encode("")[1]);
        assertThat(rows[1]).containsSequence(CAT, CAT, CAT, CAT, CAT);
    }

    /** Else a word that an operator calls "cat" would be in every "category". */
    @Test
    void anAddedWordIsOneOfItsOwnInAWeightedPrompt() {
        ClipTokenizer tokenizer = CLIP.with(Map.of("cat", new int[] {50_000}, "<cat>", new int[] {50_001, 50_002}));
        for (String whole : List.of("cat", "a Cat, red", "cat2", "((cat))", "black_cat")) {
            assertThat(weighted(tokenizer, whole).ids()[0]).as(whole).contains(50_000);
        }
        for (String part : List.of("category", "bobcat", "cats")) {
            assertThat(weighted(tokenizer, part).ids())
                    .as(part)
                    .isDeepEqualTo(weighted(CLIP, part).ids());
            assertThat(TokenRows.plain(tokenizer, List.of(part)).ids()[0])
                    .as("as diffusers finds it")
                    .contains(50_000);
        }
        assertThat(weighted(tokenizer, "a<cat>s").ids()[0]).containsSequence(50_001, 50_002);
    }

    @Test
    void theTokensOfOneWordGoIntoOneRow() {
        ClipTokenizer tokenizer = CLIP.with(Map.of("<pair>", new int[] {50_001, 50_002}, "<one>", new int[] {50_003}));
        int[][] fits = weighted(tokenizer, cats(73) + " <pair>").ids();
        assertThat(fits).hasDimensions(1, 77);
        assertThat(fits[0]).containsSequence(CAT, 50_001, 50_002, CLIP.encode("")[1]);

        int[][] parted = weighted(tokenizer, cats(74) + " <pair>").ids();
        assertThat(parted).hasDimensions(2, 77);
        assertThat(parted[0]).doesNotContain(50_001, 50_002);
        assertThat(parted[1]).containsSequence(50_001, 50_002, CLIP.encode("")[1]);

        int[][] single = weighted(tokenizer, cats(74) + " <one>").ids();
        assertThat(single).hasDimensions(1, 77);
        assertThat(single[0]).containsSequence(CAT, 50_003, CLIP.encode("")[1]);

        int[][] behindAComma =
                weighted(tokenizer, cats(70) + ", " + cats(4) + " <one>").ids();
        assertThat(behindAComma[1]).as("goes along").containsSequence(CAT, CAT, CAT, CAT, 50_003);
    }

    @Test
    void aSectionBeginsARow() {
        assertThat(words(weighted(CLIP, "cat BREAK cat cat"))).containsExactly(1, 2);
        assertThat(words(weighted(CLIP, "cat BREAK"))).containsExactly(1);
        assertThat(words(weighted(CLIP, "BREAK cat"))).containsExactly(0, 1);
        assertThat(words(weighted(CLIP, "cat BREAK BREAK cat"))).containsExactly(1, 0, 1);
    }

    @Test
    void everyTokenHasItsWeightAndTheRestHasOne() {
        TokenRows rows = weighted(CLIP, "cat (cat cat:1.5) cat");
        assertThat(Arrays.copyOf(rows.weights()[0], 6)).containsExactly(1, 1, 1.5f, 1.5f, 1, 1);
        assertThat(rows.weights()[0]).hasSize(77);
        assertThat(rows.areEven()).isFalse();

        TokenRows moved = weighted(CLIP, cats(60) + ", (" + cats(20) + ":0.5)");
        assertThat(moved.weights()[0]).containsOnly(1);
        assertThat(Arrays.copyOfRange(moved.weights()[1], 1, 21)).containsOnly(0.5f);
        assertThat(Arrays.copyOfRange(moved.weights()[1], 21, 77)).containsOnly(1);
    }

    @Test
    void anEmptyPromptIsOneRow() {
        assertThat(words(weighted(CLIP, "()"))).containsExactly(0);
        assertThat(words(weighted(CLIP, ""))).containsExactly(0);
    }

    @Test
    void rowsAndWeightsBelongTogether() {
        assertThatThrownBy(() -> new TokenRows(new int[1][77], new float[2][77]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 rows");
    }

    private static TokenRows weighted(ClipTokenizer tokenizer, String prompt) {
        return TokenRows.weighted(tokenizer, WeightedPrompt.parse(prompt));
    }

    private static String cats(int count) {
        return "cat ".repeat(count).strip();
    }

    /** Tokens between the marks of each row, which must be cats and commas. */
    private static List<Integer> words(TokenRows rows) {
        return Arrays.stream(rows.ids())
                .map(row -> {
                    assertThat(row).hasSize(77).startsWith(CLIP.encode("")[0]);
                    int count = 0;
                    while (row[1 + count] == CAT || row[1 + count] == COMMA) {
                        count++;
                    }
                    assertThat(row[1 + count]).as("the end mark").isEqualTo(CLIP.encode("")[1]);
                    return count;
                })
                .toList();
    }
}
