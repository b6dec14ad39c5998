package dev.darkroom.worker.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.event.KeyValuePair;

/**
 * Writes each event as one line with one JSON object: {@code time}, {@code level}, {@code logger}, {@code thread},
 * {@code message}, then what belongs to the job ({@code job}, {@code trace_id}, …), and {@code error} with {@code type},
 * {@code message} and {@code stack}. Whatever a text has in it, a line stays a line: JSON escapes control characters.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {
    /** A stack of causes within causes may be endless. */
    private static final int LONGEST_STACK = 32_768;

    private static final JsonFactory JSON = new JsonFactory();

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("time", event.getInstant().toString());
            json.writeStringField("level", event.getLevel().toString());
            json.writeStringField("logger", event.getLoggerName());
            json.writeStringField("thread", event.getThreadName());
            json.writeStringField("message", event.getFormattedMessage());
            for (Map.Entry<String, Object> field : fields(event).entrySet()) {
                write(json, field.getKey(), field.getValue());
            }
            if (event.getThrowableProxy() != null) {
                write(json, event.getThrowableProxy());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("A line of the log could not be made", e); // there is no I/O
        }
        line.write('\n');
        return line.toByteArray();
    }

    /** What the thread works on, and what the line says beside its message. */
    private static Map<String, Object> fields(ILoggingEvent event) {
        Map<String, Object> fields = new LinkedHashMap<>(event.getMDCPropertyMap());
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                fields.put(pair.key, String.valueOf(pair.value));
                if (pair.value instanceof Number) {
                    fields.put(pair.key, pair.value);
                }
            }
        }
        return fields;
    }

    private static void write(JsonGenerator json, String name, Object value) throws IOException {
        if (value instanceof Double || value instanceof Float) {
            json.writeNumberField(name, ((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            json.writeNumberField(name, number.longValue());
        } else {
            json.writeStringField(name, String.valueOf(value));
        }
    }

    private static void write(JsonGenerator json, IThrowableProxy thrown) throws IOException {
        String stack = ThrowableProxyUtil.asString(thrown);
        json.writeObjectFieldStart("error");
        json.writeStringField("type", thrown.getClassName());
        json.writeStringField("message", String.valueOf(thrown.getMessage()));
        json.writeStringField("stack", stack.substring(0, Math.min(stack.length(), LONGEST_STACK)));
        json.writeEndObject();
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }

    /** For tests: a line as text. */
    String line(ILoggingEvent event) {
        return new String(encode(event), StandardCharsets.UTF_8);
    }
}
