package dev.darkroom.worker.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** When jobs come. */
public sealed interface Arrivals {
    /** When each of some jobs comes, counted from the first moment, in order. */
    List<Duration> times(int jobs, RandomGenerator random);

    /** As it is written on the command line. */
    String label();

    /** All jobs in the first moment. */
    record AtOnce() implements Arrivals {
        private static final String LABEL = "all";

        @Override
        public List<Duration> times(int jobs, RandomGenerator random) {
            return Collections.nCopies(jobs, Duration.ZERO);
        }

        @Override
        public String label() {
            return LABEL;
        }
    }

    /**
     * Jobs that know nothing of each other: the gaps between them are exponentially distributed.
     *
     * @param perSecond jobs in a second, on average
     */
    record Poisson(double perSecond) implements Arrivals {
        private static final String PREFIX = "poisson:";
        private static final double MOST = 1_000_000;
        private static final double LEAST = 1e-6; // eleven days between two jobs

        public Poisson {
            if (!(perSecond >= LEAST && perSecond <= MOST)) { // not a number included
                throw new IllegalArgumentException(
                        "poisson:R takes jobs per second, 0.000001 to 1000000, not " + perSecond);
            }
        }

        @Override
        public List<Duration> times(int jobs, RandomGenerator random) {
            List<Duration> times = new ArrayList<>(jobs);
            double seconds = 0;
            for (int i = 0; i < jobs; i++) {
                seconds += random.nextExponential() / perSecond;
                times.add(Duration.ofNanos(Math.round(seconds * 1e9)));
            }
            return times;
        }

        @Override
        public String label() {
            return PREFIX + perSecond;
        }
    }

    /**
     * Reads {@code all} or {@code poisson:R}.
     *
     * @throws IllegalArgumentException when the text is neither; the message says what it should be
     */
    static Arrivals parse(String text) {
        if (text.equals(AtOnce.LABEL)) {
            return new AtOnce();
        }
        if (!text.startsWith(Poisson.PREFIX)) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is neither all nor poisson:R, R being jobs per second, e.g. poisson:2.5");
        }
        String rate = text.substring(Poisson.PREFIX.length());
        return new Poisson(number(rate)
                .orElseThrow(() -> new IllegalArgumentException(
                        "\"" + rate + "\" is not a number of jobs per second, such as the one in poisson:2.5")));
    }

    private static Optional<Double> number(String text) {
        try {
            return Optional.of(Double.valueOf(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
