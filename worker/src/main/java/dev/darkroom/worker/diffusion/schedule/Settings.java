package dev.darkroom.worker.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Typed access to the JSON of a {@code scheduler_config.json}: strings, numbers, booleans and lists of numbers. A key
 * that is absent or null has its default. Every complaint names the key.
 */
final class Settings {
    private static final int LONGEST_SHOWN = 80;

    private final Map<String, Object> json;

    Settings(Map<String, Object> json) {
        this.json = json;
    }

    private Object value(String key, Object otherwise) {
        Object value = json.get(key);
        return value != null ? value : otherwise;
    }

    boolean flag(String key, boolean otherwise) {
        Object value = value(key, otherwise);
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(key, "true or false", value);
    }

    double number(String key, double otherwise) {
        return asNumber(key, value(key, otherwise));
    }

    OptionalDouble number(String key) {
        Object value = json.get(key);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(asNumber(key, value));
    }

    int integer(String key, int otherwise) {
        return asInteger(key, number(key, otherwise));
    }

    private static int asInteger(String key, double number) {
        if (number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
            throw wrong(key, "a whole number", number);
        }
        return (int) number;
    }

    /** A whole number that a double may be too small for. */
    OptionalLong whole(String key) {
        Object value = json.get(key);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (value instanceof Integer || value instanceof Long) {
            return OptionalLong.of(((Number) value).longValue());
        }
        return OptionalLong.of(asInteger(key, asNumber(key, value)));
    }

    List<Double> numbers(String key) {
        Object value = json.get(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw wrong(key, "a list of numbers", value);
        }
        List<Double> numbers = new ArrayList<>(list.size());
        for (Object element : list) {
            numbers.add(asNumber(key, element == null ? "null" : element));
        }
        return List.copyOf(numbers);
    }

    List<Integer> integers(String key) {
        List<Integer> integers = new ArrayList<>();
        for (double number : numbers(key)) {
            integers.add(asInteger(key, number));
        }
        return List.copyOf(integers);
    }

    String text(String key, String otherwise) {
        Object value = value(key, otherwise);
        if (value instanceof String text) {
            return text;
        }
        throw wrong(key, "a text", value);
    }

    /** The constant that a text names, in capitals or not. */
    <E extends Enum<E>> E choice(String key, E otherwise) {
        String text = text(key, otherwise.name());
        for (E constant : otherwise.getDeclaringClass().getEnumConstants()) {
            if (constant.name().equals(text.toUpperCase(Locale.ROOT))) {
                return constant;
            }
        }
        throw unsupported(key, text);
    }

    /** Refuses a setting that would change the picture and that there is no code for. */
    void refuse(String key) {
        if (flag(key, false)) {
            throw new UnsupportedSchedulerException("The scheduler setting " + key + " is not supported");
        }
    }

    /** Refuses a setting whatever it says, if it says anything. */
    void refuseAny(String key) {
        if (json.get(key) != null) {
            throw new UnsupportedSchedulerException("The scheduler setting " + key + " is not supported");
        }
    }

    /** Refuses every text but the one that there is code for. */
    void require(String key, String only) {
        String text = text(key, only);
        if (!text.equals(only)) {
            throw unsupported(key, text);
        }
    }

    private static double asNumber(String key, Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        // Python writes an unbounded value as a bare word, which JSON readers may hand on as a text.
        if (value instanceof String text && text.toLowerCase(Locale.ROOT).startsWith("-inf")) {
            return Double.NEGATIVE_INFINITY;
        }
        throw wrong(key, "a number", value);
    }

    static UnsupportedSchedulerException wrong(String key, String rule, Object value) {
        return new UnsupportedSchedulerException(
                "The scheduler setting " + key + " must be " + rule + ", not " + shown(value));
    }

    static UnsupportedSchedulerException unsupported(String key, Object value) {
        return new UnsupportedSchedulerException(
                "The scheduler setting " + key + " " + shown(value) + " is not supported");
    }

    /** What a file says as it can stand in a message, which goes into logs and events: short, and on one line. */
    static String shown(Object value) {
        String text = value.toString();
        String start = text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
        return "'" + start.replaceAll("\\p{Cntrl}", "?") + "'";
    }
}
