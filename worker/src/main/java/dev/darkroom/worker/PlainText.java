package dev.darkroom.worker;

/** Text of strangers, made fit for a terminal: it cannot move the cursor, hide what it says or pass for another line. */
final class PlainText {
    private PlainText() {}

    /** The text in one line: control and formatting characters as escapes, which JSON reads back as what they are. */
    static String of(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int type = Character.getType(c);
            if (type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR) {
                plain.append(String.format("\\u%04x", (int) c));
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
