package dev.darkroom.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** JSON from outside: bounded in size before anything is allocated for it, in depth, and strictly UTF-8. */
final class StrictJson {
    static final int MAX_BYTES = 1 << 20;
    static final int MAX_DEPTH = 64;
    static final int MAX_NUMBER_LENGTH = 1000;
    static final int MAX_NAME_LENGTH = 4096;

    /** Leaves keys that appear twice to whoever reads token by token. */
    private static final JsonFactory TOKENS = factory();

    /** For trees: a key that appears twice and anything behind the value are errors. */
    static final JsonMapper MAPPER = JsonMapper.builder(factory())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** Confluent's serializers put a zero byte and a schema's number, four bytes, before the JSON. */
    private static final int REGISTRY_PREFIX = 5;

    private StrictJson() {}

    /** A factory for each user: a mapper's settings end up in its factory. */
    private static JsonFactory factory() {
        return JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(MAX_NUMBER_LENGTH)
                        .maxNameLength(MAX_NAME_LENGTH)
                        .build())
                .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                .build();
    }

    /** The text of a record's value. What is wrong with the bytes is an {@link UnreadableException}. */
    static String text(byte @Nullable [] value) throws UnreadableException {
        if (value == null || value.length == 0) {
            throw new UnreadableException("must be a JSON object, is empty");
        }
        if (value.length > MAX_BYTES) {
            throw new UnreadableException("must have at most " + MAX_BYTES + " bytes, has " + value.length);
        }
        int start = value[0] == 0 && value.length > REGISTRY_PREFIX ? REGISTRY_PREFIX : 0;
        ByteBuffer bytes = ByteBuffer.wrap(value, start, value.length - start);
        CharBuffer characters = CharBuffer.allocate(value.length);
        CoderResult result = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .decode(bytes, characters, true);
        if (result.isError()) {
            throw new UnreadableException("must be UTF-8, is not at byte " + bytes.position());
        }
        String text = characters.flip().toString();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' && c != '\t' && c != '\n' && c != '\r') {
                throw new UnreadableException(String.format(
                        "must be JSON, has the bare control character U+%04X at position %d", (int) c, i));
            }
        }
        return text;
    }

    /** A parser that leaves keys that appear twice to its caller. */
    static JsonParser parser(String text) throws IOException {
        return TOKENS.createParser(text.toCharArray());
    }

    /** The text, as it came, of the value that the parser stands on; the parser then stands on the value's end. */
    static String raw(String text, JsonParser parser) throws IOException {
        int start = (int) parser.currentTokenLocation().getCharOffset();
        parser.finishToken();
        parser.skipChildren();
        return text.substring(start, (int) parser.currentLocation().getCharOffset());
    }

    /** The text, as it came, of one field of an object. */
    static Optional<String> rawField(String object, String name) throws IOException {
        try (JsonParser parser = parser(object)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals(name);
                parser.nextToken();
                if (found) {
                    return Optional.of(raw(object, parser));
                }
                parser.skipChildren();
            }
            return Optional.empty();
        }
    }

    /** What a value is called in a message. */
    static String kind(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> "something else";
        };
    }

    /** What is wrong with a text, in own words: the parser's would repeat the text at the fault, which may be the prompt. */
    static String fault(JsonProcessingException e) {
        String where = e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        if (e instanceof JsonEOFException) {
            return "must be a JSON object, ends too early" + where;
        }
        if (e instanceof StreamConstraintsException) {
            return "must be at most " + MAX_DEPTH + " levels deep, with no number over " + MAX_NUMBER_LENGTH
                    + " digits and no name over " + MAX_NAME_LENGTH + " characters" + where;
        }
        return "must be JSON, fails" + where;
    }

    /** Bytes that hold no JSON text. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnreadableException(String message) {
            super(message);
        }
    }
}
