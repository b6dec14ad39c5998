package dev.darkroom.job;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalDouble;

/** A number between {@code min} and {@code max}, both included. */
public record RealRule(int min, int max) {
    /** The rule that the value breaks, if it breaks one; NaN always does. */
    public Optional<String> check(double value) {
        return value >= min && value <= max ? Optional.empty() : Optional.of(rule() + value);
    }

    /** The rule that the value breaks, if it breaks one. */
    public Optional<String> check(BigDecimal value) {
        boolean inside = value.compareTo(BigDecimal.valueOf(min)) >= 0 && value.compareTo(BigDecimal.valueOf(max)) <= 0;
        return inside ? Optional.empty() : Optional.of(rule() + JobRules.shown(value));
    }

    /** The same, but 0 for -0: adding 0 makes it that. */
    static OptionalDouble withoutNegativeZero(OptionalDouble value) {
        return value.isPresent() ? OptionalDouble.of(value.getAsDouble() + 0.0) : value;
    }

    private String rule() {
        return "must be a number from " + min + " to " + max + ", is ";
    }
}
