package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How A1111's web UI says that a picture was made: the prompt, the negative prompt behind a label, and a last line of named
 * values. The form does not mark where a prompt ends; what looks like a label within one is taken for the label, as there.
 *
 * @param values in their order, quotes taken off
 */
record A1111Text(String prompt, String negativePrompt, Map<String, String> values) {
    private static final int LONGEST = 64 << 10;
    private static final int LONGEST_NAME = 80;
    private static final int MOST_VALUES = 200;

    private static final String FIRST_VALUE = "Steps: ";
    private static final String NEGATIVE = "Negative prompt:";
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * Reads a text.
     *
     * @throws IOException when it is longer than 64 KiB, has no line of values, or one that cannot be read; the message quotes
     *     no prompt
     */
    static A1111Text parse(String text) throws IOException {
        if (text.length() > LONGEST) {
            throw new IOException("The text 'parameters' has " + text.length() + " characters, more than " + LONGEST);
        }
        String lines = text.replace("\r\n", "\n").stripTrailing();
        int last = lines.lastIndexOf('\n') + 1;
        if (!lines.startsWith(FIRST_VALUE, last)) {
            throw new IOException(
                    "The text 'parameters' is not A1111's: its last line does not begin with '" + FIRST_VALUE + "'");
        }
        String prompts = lines.substring(0, Math.max(0, last - 1));
        int label = prompts.startsWith(NEGATIVE) ? 0 : prompts.indexOf("\n" + NEGATIVE) + 1;
        boolean negative = prompts.startsWith(NEGATIVE, label);
        return new A1111Text(
                negative ? prompts.substring(0, Math.max(0, label - 1)) : prompts,
                negative ? prompts.substring(label + NEGATIVE.length()).strip() : "",
                new Values(lines.substring(last)).read());
    }

    A1111Text {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Without the prompts. */
    @Override
    public String toString() {
        return "A1111Text" + values.keySet();
    }

    /** Goes through a line once: {@code name: value, name: "a value, quoted as JSON"}. */
    private static final class Values {
        private final String line;
        private final Map<String, String> values = new LinkedHashMap<>();
        private int at;

        Values(String line) {
            this.line = line;
        }

        Map<String, String> read() throws IOException {
            while (at < line.length()) {
                String name = name();
                String value = line.startsWith("\"", at) ? quoted() : plain();
                if (values.putIfAbsent(name, value) != null) {
                    throw new IOException("The text 'parameters' has two values of one name");
                }
                if (values.size() > MOST_VALUES) {
                    throw new IOException("The text 'parameters' has more than " + MOST_VALUES + " values");
                }
            }
            return values;
        }

        private String name() throws IOException {
            int colon = line.indexOf(':', at);
            String name = colon < 0 ? "" : line.substring(at, colon).strip();
            if (name.isEmpty() || name.length() > LONGEST_NAME || name.indexOf(',') >= 0) {
                throw new IOException("The last line of the text 'parameters' has a value without a name");
            }
            at = colon + 1;
            while (line.startsWith(" ", at)) {
                at++;
            }
            return name;
        }

        private String plain() {
            int comma = line.indexOf(',', at);
            int end = comma < 0 ? line.length() : comma;
            String value = line.substring(at, end).strip();
            at = end + 1;
            return value;
        }

        private String quoted() throws IOException {
            int end = at + 1;
            while (end < line.length() && line.charAt(end) != '"') {
                end += line.charAt(end) == '\\' ? 2 : 1;
            }
            if (end >= line.length() || !(end + 1 == line.length() || line.charAt(end + 1) == ',')) {
                throw new IOException("The last line of the text 'parameters' has a quote without its end");
            }
            try {
                JsonNode value = JSON.readTree(line.substring(at, end + 1));
                at = end + 2;
                return value.textValue();
            } catch (JsonProcessingException e) { // whose own words would repeat the value
                throw new IOException("The last line of the text 'parameters' has a quoted value that is no JSON", e);
            }
        }
    }
}
