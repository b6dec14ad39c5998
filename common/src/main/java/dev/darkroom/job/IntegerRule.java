package dev.darkroom.job;

import java.math.BigDecimal;
import java.util.Optional;

/** A whole number between {@code min} and {@code max}, both included, and a multiple of {@code step}. */
public record IntegerRule(long min, long max, long step) {
    /** The rule that the value breaks, if it breaks one. */
    public Optional<String> check(long value) {
        return check(BigDecimal.valueOf(value));
    }

    /**
     * The rule that the value breaks, if it breaks one. As in JSON Schema, {@code 512.0} is a whole number. The
     * magnitude is compared first, so that {@code 1e999999999} is never written out.
     */
    public Optional<String> check(BigDecimal value) {
        boolean outside = value.compareTo(BigDecimal.valueOf(min)) < 0 || value.compareTo(BigDecimal.valueOf(max)) > 0;
        if (outside) {
            return Optional.of(rule() + ", is " + JobRules.shown(value));
        }
        boolean whole = value.stripTrailingZeros().scale() <= 0;
        return whole && value.longValueExact() % step == 0
                ? Optional.empty()
                : Optional.of(rule() + ", is " + JobRules.shown(value));
    }

    private String rule() {
        String range = "must be a whole number from " + min + " to " + max;
        return step == 1 ? range : range + " and a multiple of " + step;
    }
}
