package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.JobRecord;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** A dead letter for people, a line each. */
final class LetterText {
    /** No job is larger. */
    private static final int MOST_BYTES = 1 << 20;

    private static final JsonMapper JSON = new JsonMapper();

    private LetterText() {}

    static List<String> lines(DeadLetter letter) {
        JobRecord record = letter.record();
        List<String> lines = new ArrayList<>();
        lines.add("position: " + letter.position());
        lines.add("time: " + record.timestamp());
        record.key().ifPresent(key -> lines.add("key: " + shown(key)));
        record.headers().forEach(header -> lines.add("header " + header.name() + ": " + shown(header.value())));
        lines.add("value, " + record.value().length + " bytes:");
        lines.addAll(value(record.value()));
        return lines.stream().map(PlainText::of).toList();
    }

    private static List<String> value(byte[] value) {
        if (value.length > MOST_BYTES) {
            return List.of(shown(Arrays.copyOf(value, MOST_BYTES)), "(cut after " + MOST_BYTES + " bytes)");
        }
        return pretty(value).map(text -> text.lines().toList()).orElseGet(() -> List.of(shown(value)));
    }

    /** The same JSON with line breaks, what is written twice in it included; empty for what is no JSON. */
    private static Optional<String> pretty(byte[] value) {
        StringWriter text = new StringWriter();
        try (JsonParser parser = JSON.createParser(value);
                JsonGenerator generator = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
            while (parser.nextToken() != null) {
                generator.copyCurrentEventExact(parser);
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.of(text.toString()).filter(pretty -> !pretty.isBlank());
    }

    /** As text if it is text, else in Base64. */
    private static String shown(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return Base64.getEncoder().encodeToString(bytes) + " (not text: Base64)";
        }
    }
}
