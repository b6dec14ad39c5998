package dev.darkroom.worker.diffusion.text;

/** The kinds of character that CLIP's splitting pattern knows, by Unicode's general categories. */
enum Letters {
    LETTER,
    NUMBER,
    WHITE_SPACE,
    OTHER;

    private static final int CAPITAL_I_WITH_DOT = 0x130;

    static Letters of(int codePoint) {
        if (Character.isLetter(codePoint)) {
            return LETTER;
        }
        if (isWhiteSpace(codePoint)) {
            return WHITE_SPACE;
        }
        return switch (Character.getType(codePoint)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            default -> OTHER;
        };
    }

    /** Unicode's property White_Space, which differs from each of Java's own. */
    static boolean isWhiteSpace(int codePoint) {
        return (codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85 || Character.isSpaceChar(codePoint);
    }

    /** Each letter by itself: no final sigma, no locale; one letter has a lower case of two. */
    static void appendLowerCase(StringBuilder text, int codePoint) {
        if (codePoint == CAPITAL_I_WITH_DOT) {
            text.append("i\u0307");
        } else {
            text.appendCodePoint(Character.toLowerCase(codePoint));
        }
    }
}
