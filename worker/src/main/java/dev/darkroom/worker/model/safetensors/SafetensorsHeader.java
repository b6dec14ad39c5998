package dev.darkroom.worker.model.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON header of a safetensors file: an object of {@code name: {dtype, shape, data_offsets}}, and
 * {@code __metadata__} with texts. Its rules are those of the format's own reader: the tensors lie one behind the
 * other, without overlap or gap, and fill the file to its end.
 */
final class SafetensorsHeader {
    static final int MAX_BYTES = 100_000_000;

    /** The largest known checkpoints have some thousands. */
    static final int MAX_TENSORS = 100_000;

    static final int MAX_RANK = 8;

    /** Real names have fewer than 150 characters. They go into messages and logs. */
    static final int MAX_NAME = 256;

    /** Trainers write their whole history there, by the megabyte. */
    private static final int MAX_METADATA_TEXT = 256;

    private static final int MAX_LORA_CONFIG = 1 << 20;

    /** Texts that are kept. */
    private static final int MAX_METADATA = 1000;

    /** Texts that may be there. */
    private static final int MAX_METADATA_LISTED = 100_000;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(4)
                    .maxNumberLength(20)
                    .maxNameLength(4096)
                    .maxStringLength(MAX_BYTES)
                    .build())
            .build();

    private final Path file;
    private final long dataStart;
    private final long dataLength;
    private final Map<String, TensorEntry> entries = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private SafetensorsHeader(Path file, long dataStart, long dataLength) {
        this.file = file;
        this.dataStart = dataStart;
        this.dataLength = dataLength;
    }

    /**
     * @param json the header
     * @param dataStart where the data begins behind it
     * @param fileLength length of the whole file
     */
    static SafetensorsHeader parse(Path file, InputStream json, long dataStart, long fileLength) throws IOException {
        SafetensorsHeader header = new SafetensorsHeader(file, dataStart, fileLength - dataStart);
        try (JsonParser parser = JSON.createParser(json)) {
            header.read(parser);
        } catch (JsonProcessingException | CharConversionException e) {
            throw new SafetensorsException(file + ": the header is not valid JSON: " + firstLine(e), e);
        }
        header.checkLayout();
        return header;
    }

    Map<String, TensorEntry> entries() {
        return entries;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    private void read(JsonParser parser) throws IOException {
        expect(parser.nextToken() == JsonToken.START_OBJECT, "the header is not a JSON object");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals("__metadata__")) {
                readMetadata(parser);
            } else {
                expect(
                        isPlain(name),
                        "the name of a tensor is too long or has characters that cannot be shown: " + shown(name));
                entries.put(name, tensor(parser, name));
                expect(entries.size() <= MAX_TENSORS, "the header lists more than " + MAX_TENSORS + " tensors");
            }
        }
        expect(parser.currentToken() == JsonToken.END_OBJECT, "the header ends too early");
        expect(parser.nextToken() == null, "the header goes on behind its JSON object");
    }

    private void readMetadata(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        expect(parser.currentToken() == JsonToken.START_OBJECT, "__metadata__ is not an object");
        int texts = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            texts++; // the parser remembers all keys, to find one that comes twice
            expect(texts <= MAX_METADATA_LISTED, "__metadata__ has more than " + MAX_METADATA_LISTED + " texts");
            String key = parser.currentName();
            expect(parser.nextToken() == JsonToken.VALUE_STRING, "a value in __metadata__ is not a text");
            if (key.equals(SafetensorsFile.LORA_CONFIG)) {
                expect(
                        parser.getTextLength() <= MAX_LORA_CONFIG,
                        "the text " + key + " in __metadata__ is longer than " + MAX_LORA_CONFIG);
                metadata.put(key, parser.getText());
            } else if (parser.getTextLength() <= MAX_METADATA_TEXT && metadata.size() < MAX_METADATA) {
                metadata.put(key, parser.getText());
            }
        }
    }

    private TensorEntry tensor(JsonParser parser, String name) throws IOException {
        expect(parser.currentToken() == JsonToken.START_OBJECT, "tensor " + name + " is not described by an object");
        @Nullable DataType type = null;
        @Nullable List<Long> shape = null;
        @Nullable List<Long> offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "dtype" -> type = type(parser, name);
                case "shape" -> shape = numbers(parser, name, field, MAX_RANK);
                case "data_offsets" -> offsets = numbers(parser, name, field, 2);
                default -> throw error("tensor " + name + " has an unknown field " + shown(field));
            }
        }
        if (type == null || shape == null || offsets == null || offsets.size() != 2) {
            throw error("tensor " + name + " lacks dtype, shape or data_offsets");
        }
        return entry(name, type, shape, offsets.get(0), offsets.get(1));
    }

    private TensorEntry entry(String name, DataType type, List<Long> shape, long begin, long end)
            throws SafetensorsException {
        expect(
                begin <= end && end <= dataLength,
                "tensor " + name + " lies at " + begin + " to " + end + ", outside of the " + dataLength
                        + " bytes of data (is the file cut off?)");
        long size = type.bytes();
        try {
            for (long dimension : shape) {
                size = Math.multiplyExact(size, dimension);
            }
        } catch (ArithmeticException e) {
            throw new SafetensorsException(file + ": tensor " + name + " has an impossible shape " + shape, e);
        }
        expect(
                size == end - begin,
                "tensor " + name + " of type " + type + " and shape " + shape + " needs " + size + " bytes, not "
                        + (end - begin));
        return new TensorEntry(name, type, shape, dataStart + begin, size);
    }

    private DataType type(JsonParser parser, String name) throws IOException {
        expect(parser.currentToken() == JsonToken.VALUE_STRING, "the dtype of tensor " + name + " is not a text");
        String text = parser.getText();
        return DataType.of(text).orElseThrow(() -> error("tensor " + name + " has an unknown dtype " + shown(text)));
    }

    private List<Long> numbers(JsonParser parser, String name, String field, int most) throws IOException {
        String what = field + " of tensor " + name;
        expect(parser.currentToken() == JsonToken.START_ARRAY, what + " is not a list");
        List<Long> numbers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken() == JsonToken.VALUE_NUMBER_INT, what + " holds something else than integers");
            long number = parser.getLongValue();
            expect(number >= 0, what + " holds a negative number");
            numbers.add(number);
            expect(numbers.size() <= most, what + " is longer than " + most);
        }
        return numbers;
    }

    private void checkLayout() throws SafetensorsException {
        List<TensorEntry> inOrder = new ArrayList<>(entries.values());
        inOrder.sort(Comparator.comparingLong(TensorEntry::offset).thenComparingLong(TensorEntry::length));
        long next = dataStart;
        for (TensorEntry entry : inOrder) {
            expect(entry.offset() >= next, "tensor " + entry.name() + " overlaps another one");
            expect(entry.offset() == next, "there is a gap before tensor " + entry.name());
            next = entry.offset() + entry.length();
        }
        expect(
                next == dataStart + dataLength,
                "the tensors end at byte " + next + ", the file at " + (dataStart + dataLength));
    }

    private void expect(boolean condition, String otherwise) throws SafetensorsException {
        if (!condition) {
            throw error(otherwise);
        }
    }

    private SafetensorsException error(String what) {
        return new SafetensorsException(file + ": " + what);
    }

    private static boolean isPlain(String name) {
        return name.length() <= MAX_NAME && name.chars().noneMatch(Character::isISOControl);
    }

    /** A text from the file as it can stand in a message: short, and without control characters. */
    private static String shown(String text) {
        String start = text.length() <= 40 ? text : text.substring(0, 40) + "…";
        return start.replaceAll("\\p{Cntrl}", "?");
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
