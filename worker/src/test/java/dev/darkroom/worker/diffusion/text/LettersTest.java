package dev.darkroom.worker.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LettersTest {
    private static final Pattern LETTER = Pattern.compile("\\p{L}");
    private static final Pattern NUMBER = Pattern.compile("\\p{N}");
    private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}");

    /** The classes of the pattern that CLIP was published with, as a regular expression knows them. */
    @Test
    void everyCharacterIsOfTheKindThatUnicodeSays() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            Letters expected = expected(Character.toString(codePoint));
            if (Letters.of(codePoint) != expected) {
                assertThat(Letters.of(codePoint)).as("U+%04X", codePoint).isEqualTo(expected);
            }
        }
    }

    private static Letters expected(String character) {
        if (LETTER.matcher(character).matches()) {
            return Letters.LETTER;
        }
        if (NUMBER.matcher(character).matches()) {
            return Letters.NUMBER;
        }
        return WHITE_SPACE.matcher(character).matches() ? Letters.WHITE_SPACE : Letters.OTHER;
    }
}
