package dev.darkroom.worker.diffusion.schedule;

/** The beta distribution with both parameters {@value #SHAPE}, after which beta sigmas are spaced (Lee et al., 2024). */
final class BetaDistribution {
    private static final double SHAPE = 0.6;
    /** The complete beta function of ({@value #SHAPE}, {@value #SHAPE}): gamma(0.6)^2 / gamma(1.2). */
    private static final double COMPLETE = 1.489192248812817 * 1.489192248812817 / 0.9181687423997607;

    private static final int TERMS = 200;
    private static final double TINY = 1e-300;

    private BetaDistribution() {}

    /** The value below which a share of the distribution lies; by bisection, to the last bits. */
    static double quantile(double share) {
        if (share <= 0) {
            return 0;
        }
        double low = 0;
        double high = 1;
        for (int i = 0; i < 100; i++) {
            double middle = 0.5 * (low + high);
            if (cumulative(middle) < share) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return 0.5 * (low + high);
    }

    /** The regularised incomplete beta function. */
    static double cumulative(double x) {
        // The fraction converges fast up to the middle; beyond it the distribution's symmetry helps.
        return x > 0.5 ? 1 - lower(1 - x) : lower(x);
    }

    private static double lower(double x) {
        return Math.pow(x, SHAPE) * Math.pow(1 - x, SHAPE) / (SHAPE * COMPLETE) / fraction(x);
    }

    /** The denominator of the continued fraction (DLMF 8.17.22), by the modified Lentz algorithm. */
    private static double fraction(double x) {
        double value = 1;
        double c = 1;
        double d = 0;
        for (int i = 1; i <= TERMS; i++) {
            int m = i / 2;
            double term = i % 2 == 0
                    ? m * (SHAPE - m) * x / ((SHAPE + 2 * m - 1) * (SHAPE + 2 * m))
                    : -(SHAPE + m) * (2 * SHAPE + m) * x / ((SHAPE + 2 * m) * (SHAPE + 2 * m + 1));
            d = 1 / notZero(1 + term * d);
            c = notZero(1 + term / c);
            double factor = c * d;
            value *= factor;
            if (Math.abs(factor - 1) < 1e-16) {
                break;
            }
        }
        return value;
    }

    private static double notZero(double value) {
        return Math.abs(value) < TINY ? TINY : value;
    }
}
