package dev.darkroom.job;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The rules that the fields of a job obey, each in one place: {@link GenerationJob} refuses to exist when one is broken,
 * and the codec asks each of them, to report all that a job breaks at once. The JSON Schema says the same.
 *
 * <p>A check answers with the rule that is broken, or with nothing. Lengths are counted in Unicode code points, as JSON
 * Schema counts them: a picture sign beyond U+FFFF is one character.
 */
public final class JobRules {
    public static final int MAX_ID_LENGTH = 64;
    public static final int MAX_MODEL_LENGTH = 128;
    public static final int MAX_PROMPT_LENGTH = 4000;
    /** Of the key of an object in the bucket. */
    public static final int MAX_KEY_LENGTH = 512;
    /** Of a cancel request. Such a reason fits the request's 4 KiB whatever its characters are. */
    public static final int MAX_REASON_LENGTH = 1000;
    /** UTF-8 bytes of the context's JSON text. */
    public static final int MAX_CONTEXT_BYTES = 4096;
    /** Objects and arrays inside each other in a context. */
    public static final int MAX_CONTEXT_DEPTH = 32;

    /** LoRAs of a job. */
    public static final int MAX_LORAS = 8;

    /** Pixels on a side. */
    public static final IntegerRule SIZE = new IntegerRule(64, 2048, 8);

    public static final IntegerRule STEPS = new IntegerRule(1, 150, 1);
    public static final IntegerRule SEED = new IntegerRule(0, Long.MAX_VALUE, 1);
    public static final IntegerRule IMAGES = new IntegerRule(1, 16, 1);
    /** At most the layers of Stable Diffusion's first text encoder; a model with fewer refuses what it cannot do. */
    public static final IntegerRule CLIP_SKIP = new IntegerRule(0, 12, 1);

    public static final IntegerRule CACHE_INTERVAL = new IntegerRule(1, 20, 1);
    public static final IntegerRule QUALITY = new IntegerRule(1, 100, 1);
    public static final RealRule GUIDANCE_SCALE = new RealRule(0, 30);
    public static final RealRule GUIDANCE_RESCALE = new RealRule(0, 1);
    public static final RealRule GUIDANCE_START = new RealRule(0, 1);
    public static final RealRule GUIDANCE_END = new RealRule(0, 1);
    public static final RealRule ETA = new RealRule(0, 1);
    public static final RealRule STRENGTH = new RealRule(0, 1);
    public static final RealRule IMAGE_GUIDANCE_SCALE = new RealRule(0, 30);
    public static final RealRule LORA_SCALE = new RealRule(-10, 10);

    private static final Pattern ID = Pattern.compile("(?!\\.)[A-Za-z0-9._-]{1," + MAX_ID_LENGTH + "}");
    private static final Pattern SCHEDULER = Pattern.compile("[a-z0-9_]{1,64}");
    private static final Pattern KEY =
            Pattern.compile("(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)*");
    private static final Instant FIRST_INSTANT = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant LAST_INSTANT = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private static final JsonFactory CONTEXT_JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_CONTEXT_DEPTH)
                    .maxNumberLength(MAX_CONTEXT_BYTES)
                    .build())
            .build();

    private JobRules() {}

    public static Optional<String> id(String id) {
        return ID.matcher(id).matches()
                ? Optional.empty()
                : Optional.of("must be 1 to " + MAX_ID_LENGTH + " of A-Z a-z 0-9 . _ - and not start with a dot, is "
                        + quoted(id));
    }

    public static Optional<String> model(String model) {
        if (model.isEmpty()) {
            return Optional.of("must not be empty");
        }
        return length(model, MAX_MODEL_LENGTH).or(() -> characters(model, ""));
    }

    /** The rule of {@code prompt} and {@code negative_prompt}: may be empty; the only control characters are \n, \t, \r. */
    public static Optional<String> prompt(String prompt) {
        return length(prompt, MAX_PROMPT_LENGTH).or(() -> characters(prompt, "\n\t\r"));
    }

    /** The rule of a cancel request's {@code reason}: may be empty; the only control characters are \n, \t, \r. */
    public static Optional<String> reason(String reason) {
        return length(reason, MAX_REASON_LENGTH).or(() -> characters(reason, "\n\t\r"));
    }

    public static Optional<String> scheduler(String scheduler) {
        return SCHEDULER.matcher(scheduler).matches()
                ? Optional.empty()
                : Optional.of("must be 1 to 64 of a-z 0-9 _, is " + quoted(scheduler));
    }

    /** The rule of {@code image} and {@code mask_image}: the key of an object in the bucket, never a URL. */
    public static Optional<String> objectKey(String key) {
        return key.length() <= MAX_KEY_LENGTH && KEY.matcher(key).matches()
                ? Optional.empty()
                : Optional.of("must be the key of an object, at most " + MAX_KEY_LENGTH
                        + " of A-Z a-z 0-9 . _ - in parts joined by /, none of them . or .., is " + quoted(key));
    }

    /** The rule of {@code guidance_end} beside {@code guidance_start}: guidance for no step is a scale of 1. */
    public static Optional<String> guidanceEnd(double start, double end) {
        return end > start ? Optional.empty() : Optional.of("must be above guidance_start, " + start + ", is " + end);
    }

    /** The rule of {@code loras}: so many at most, each id once. */
    public static Optional<String> loras(List<LoraUse> loras) {
        return LoraUse.broken(loras);
    }

    /** The rule of {@code deadline}: RFC 3339 knows the years 0 to 9999. */
    public static Optional<String> deadline(Instant deadline) {
        return deadline.isBefore(FIRST_INSTANT) || deadline.isAfter(LAST_INSTANT)
                ? Optional.of("must lie in the years 0000 to 9999, is " + deadline)
                : Optional.empty();
    }

    /** The rule of {@code context}: the text of one JSON value, bounded in size and depth, no key twice. */
    public static Optional<String> context(String json) {
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_CONTEXT_BYTES) {
            return Optional.of("must have at most " + MAX_CONTEXT_BYTES + " bytes as JSON in UTF-8, has " + bytes);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(json)) {
            return Optional.of("must not have lone surrogates, unless escaped");
        }
        try (JsonParser parser = CONTEXT_JSON.createParser(json)) {
            int values = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_NUMBER_FLOAT) {
                    parser.getDecimalValue(); // every event repeats the context: no number that nobody can read
                }
                if (parser.getParsingContext().inRoot()) {
                    values++;
                }
            }
            return values == 1 ? Optional.empty() : Optional.of("must be one JSON value");
        } catch (IOException | ArithmeticException | NumberFormatException e) {
            // The parser's own words may repeat the text, which is the sender's and may be private.
            return Optional.of("must be one JSON value, no key twice, at most " + MAX_CONTEXT_DEPTH + " levels deep");
        }
    }

    /** Throws if the rule is broken. */
    static void require(String field, Optional<String> broken) {
        broken.ifPresent(rule -> {
            throw new IllegalArgumentException(field + ": " + rule);
        });
    }

    /** Text from outside, made fit for a message: quoted, cut to 64 characters, everything but printable ASCII escaped. */
    public static String quoted(String text) {
        StringBuilder shown = new StringBuilder("'");
        text.chars().limit(64).forEach(c -> {
            if (c >= ' ' && c < 0x7f) {
                shown.append((char) c);
            } else {
                shown.append(String.format("\\u%04x", c));
            }
        });
        return shown.append(text.length() > 64 ? "…'" : "'").toString();
    }

    /** A number for a message: plain where that is short. */
    static String shown(BigDecimal value) {
        BigDecimal stripped = value.stripTrailingZeros();
        boolean compact = Math.abs((long) stripped.scale()) <= 20 && stripped.precision() <= 20;
        return compact ? stripped.toPlainString() : "about " + stripped.round(new MathContext(3));
    }

    private static Optional<String> length(String text, int most) {
        int length = text.codePointCount(0, text.length());
        return length <= most
                ? Optional.empty()
                : Optional.of("must have at most " + most + " characters, has " + length);
    }

    private static Optional<String> characters(String text, String controlsAllowed) {
        int position = 0;
        for (int i = 0; i < text.length(); position++) {
            int c = text.codePointAt(i);
            if (Character.isISOControl(c) && controlsAllowed.indexOf(c) < 0) {
                return Optional.of(
                        String.format("must not have control characters, has U+%04X at position %d", c, position));
            }
            if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                return Optional.of(
                        String.format("must not have lone surrogates, has U+%04X at position %d", c, position));
            }
            i += Character.charCount(c);
        }
        return Optional.empty();
    }
}
