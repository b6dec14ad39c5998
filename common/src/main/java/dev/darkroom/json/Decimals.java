package dev.darkroom.json;

import java.math.BigDecimal;
import java.math.MathContext;

/** Doubles as decimals. {@code Double.toString} will not do: its digits changed with JDK 19. */
final class Decimals {
    private Decimals() {}

    /** The decimal with the fewest digits that reads back as this double; the same on every JDK. */
    static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < 17; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits));
            if (rounded.doubleValue() == value) {
                return rounded.stripTrailingZeros();
            }
        }
        return exact.round(new MathContext(17)).stripTrailingZeros();
    }
}
