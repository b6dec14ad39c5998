package dev.darkroom.worker.image;

import java.util.Locale;

/** JSON strings (RFC 8259). */
final class JsonText {
    private JsonText() {}

    /** A text in quotation marks; control characters, line separators and unpaired surrogates are escaped. */
    static String quoted(String text) {
        StringBuilder json = new StringBuilder(text.length() + 16).append('"');
        text.codePoints().forEach(codePoint -> append(json, codePoint));
        return json.append('"').toString();
    }

    private static void append(StringBuilder json, int codePoint) {
        switch (codePoint) {
            case '"' -> json.append("\\\"");
            case '\\' -> json.append("\\\\");
            case '\n' -> json.append("\\n");
            case '\r' -> json.append("\\r");
            case '\t' -> json.append("\\t");
            default -> {
                if (needsEscape(codePoint)) {
                    json.append(String.format(Locale.ROOT, "\\u%04x", codePoint));
                } else {
                    json.appendCodePoint(codePoint);
                }
            }
        }
    }

    private static boolean needsEscape(int codePoint) {
        return codePoint < ' '
                || (codePoint >= 0x7f && codePoint < 0xa0)
                || codePoint == 0x2028
                || codePoint == 0x2029
                || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
    }
}
