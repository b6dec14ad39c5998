package dev.darkroom.worker.model.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of a checkpoint, read with types: a value of another type than asked for is an error that names the
 * file and the key. An absent key and a null are told apart where diffusers does.
 */
public final class ConfigFile {
    private static final long MAX_BYTES = 16L << 20;
    private static final int MAX_NESTING = 16;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_NESTING)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION) // or the first of two would go unseen
            // Not JSON, but what Python writes: a scheduler's lambda_min_clipped is -Infinity by default.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final Path path;
    private final Map<String, @Nullable Object> values;

    private ConfigFile(Path path, Map<String, @Nullable Object> values) {
        this.path = path;
        this.values = Collections.unmodifiableMap(values);
    }

    /** Reads a file of at most 16 MiB. */
    public static ConfigFile read(Path path) throws ModelException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] json = in.readNBytes((int) MAX_BYTES + 1);
            if (json.length > MAX_BYTES) {
                throw new ModelException(path + " is larger than " + MAX_BYTES + " bytes");
            }
            @Nullable Map<?, ?> read = JSON.readValue(json, Map.class);
            if (read == null) {
                throw new ModelException(path + " does not hold a JSON object");
            }
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            read.forEach((key, value) -> values.put(key.toString(), value));
            return new ConfigFile(path, values);
        } catch (NoSuchFileException e) {
            throw new ModelException(path + " is missing", e);
        } catch (JsonProcessingException e) {
            throw new ModelException(path + " is not the JSON object it should be: " + firstLine(e), e);
        } catch (IOException e) {
            throw new ModelException(path + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Jackson goes on for some lines about where its input came from. */
    private static String firstLine(JsonProcessingException e) {
        String what = e.getOriginalMessage().lines().findFirst().orElse("");
        JsonLocation at = e.getLocation();
        return at == null ? what : what + " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }

    /** What a file would say that is not there; errors name the file that it was told from. */
    static ConfigFile of(Path source, Map<String, Object> values) {
        return new ConfigFile(source, new LinkedHashMap<>(values));
    }

    /** Reads a file, or takes an absent one for an empty object. */
    static ConfigFile readIfPresent(Path path) throws ModelException {
        return Files.exists(path) ? read(path) : new ConfigFile(path, Map.of());
    }

    public Path path() {
        return path;
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** Whether the key is absent or null. */
    public boolean isNull(String key) {
        return values.get(key) == null;
    }

    /** All keys that are not null; the values are texts, numbers, booleans, lists and maps. */
    public Map<String, Object> values() {
        Map<String, Object> present = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            if (value != null) {
                present.put(key, value);
            }
        });
        return present;
    }

    public int integer(String key, int otherwise) throws ModelException {
        Object value = values.get(key);
        return value == null ? otherwise : integer(key, value);
    }

    public int integer(String key) throws ModelException {
        Object value = values.get(key);
        if (value == null) {
            throw error("has no value for " + key);
        }
        return integer(key, value);
    }

    public double number(String key, double otherwise) throws ModelException {
        Object value = values.get(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong(key, value, "a number");
    }

    public boolean flag(String key, boolean otherwise) throws ModelException {
        Object value = values.get(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(key, value, "true or false");
    }

    public Optional<String> text(String key) throws ModelException {
        Object value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof String text) {
            return Optional.of(text);
        }
        throw wrong(key, value, "a text");
    }

    /** A list of texts, or {@code otherwise} where there is none. */
    public List<String> texts(String key, List<String> otherwise) throws ModelException {
        Object value = values.get(key);
        if (value == null) {
            return otherwise;
        }
        List<String> texts = new ArrayList<>();
        for (Object item : list(key, value)) {
            if (!(item instanceof String text)) {
                throw wrong(key, value, "a list of texts");
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }

    /** A list of {@code count} integers, each at least 1; a single integer stands for all of them. */
    public List<Integer> perBlock(String key, int count, int otherwise) throws ModelException {
        Object value = values.get(key);
        if (value == null) {
            return Collections.nCopies(count, otherwise);
        }
        List<Integer> numbers = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object item : list) {
                numbers.add(integer(key, Objects.requireNonNullElse(item, "null")));
            }
        } else {
            numbers.addAll(Collections.nCopies(count, integer(key, value)));
        }
        if (numbers.size() != count || numbers.stream().anyMatch(number -> number < 1)) {
            throw wrong(key, value, "one positive integer for each of the " + count + " blocks");
        }
        return List.copyOf(numbers);
    }

    /** A list of positive integers, as long as it is. */
    public List<Integer> integers(String key, List<Integer> otherwise) throws ModelException {
        Object value = values.get(key);
        return value == null ? otherwise : perBlock(key, list(key, value).size(), 1);
    }

    /** Refuses a checkpoint in which {@code key} is set to something else than its neutral values. */
    public void refuseUnless(String key, Object... neutral) throws ModelException {
        Object value = values.get(key);
        if (value == null) {
            return;
        }
        for (Object allowed : neutral) {
            if (allowed.equals(value)) {
                return;
            }
            if (allowed instanceof Number a && value instanceof Number b && a.doubleValue() == b.doubleValue()) {
                return;
            }
        }
        throw unsupported(key, value);
    }

    /** The error for a setting that is valid but not supported. */
    public UnsupportedModelException unsupported(String key, @Nullable Object value) {
        return new UnsupportedModelException(
                path + " asks for " + key + " = " + abbreviated(value) + ", which is not supported");
    }

    /** An error that names this file. */
    public ModelException error(String what) {
        return new ModelException(path + " " + what);
    }

    private int integer(String key, Object value) throws ModelException {
        if (value instanceof Integer integer) {
            return integer;
        }
        throw wrong(key, value, "an integer");
    }

    private List<?> list(String key, Object value) throws ModelException {
        if (value instanceof List<?> list && list.size() <= 64) {
            return list;
        }
        throw wrong(key, value, "a short list");
    }

    private ModelException wrong(String key, Object value, String expected) {
        return error(key + " must be " + expected + ", not " + abbreviated(value));
    }

    /** A value as it can stand in a message: short, and without control characters. */
    static String abbreviated(@Nullable Object value) {
        return abbreviated(value, 80);
    }

    /** The same, of at most so many characters. */
    static String abbreviated(@Nullable Object value, int length) {
        String text = String.valueOf(value);
        String start = text.length() <= length ? text : text.substring(0, length) + "…";
        return start.replaceAll("\\p{Cntrl}", "?");
    }
}
