package dev.darkroom.job;

import java.math.BigDecimal;
import java.util.Optional;

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

    private String rule() {
        return "must be a number from " + min + " to " + max + ", is ";
    }
}
