package dev.darkroom.worker.ops;

/** HTML in the making. Every value goes through {@link #escape}; only templates, which are constants, do not. */
final class Html {
    private static final String GAP = "{}";

    private final StringBuilder out = new StringBuilder();

    /** Adds a template, with a value as text in the place of each {@code {}}; attributes must be in double quotes. */
    Html add(String template, Object... values) {
        int from = 0;
        for (Object value : values) {
            int gap = template.indexOf(GAP, from);
            if (gap < 0) {
                throw new IllegalArgumentException("More values than gaps: " + template);
            }
            out.append(template, from, gap).append(escape(value.toString()));
            from = gap + GAP.length();
        }
        if (template.indexOf(GAP, from) >= 0) {
            throw new IllegalArgumentException("More gaps than values: " + template);
        }
        out.append(template, from, template.length());
        return this;
    }

    /** A text as it is written in an element or in an attribute with quotes. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(c < ' ' && c != '\n' && c != '\t' ? '\ufffd' : c);
            }
        }
        return escaped.toString();
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
