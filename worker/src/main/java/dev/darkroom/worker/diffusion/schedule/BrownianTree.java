package dev.darkroom.worker.diffusion.schedule;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Brownian motion that can be asked for any stretch of time in any order and always tells one story: the increment over
 * the whole is drawn first, and halves are drawn by the Brownian bridge as they are needed, each from a seed that follows
 * from its place (Li et al., 2020, algorithm 3), as torchsde's {@code BrownianInterval} with {@code halfway_tree} does.
 * Times are rounded to 6 decimal places, where the halving ends. Belongs to one picture; not shared.
 */
final class BrownianTree {
    private static final int DECIMALS = 6;
    /** Increments that are kept; the halves on the way to a stretch are mostly those on the way to the one before. */
    private static final int KEPT = 45;

    private final NoiseSource noise;
    private final long seed;
    private final int size;
    private final Stretch whole;
    private final float[] increment;
    private final Map<Stretch, float[]> kept = new LinkedHashMap<>(KEPT * 2, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Stretch, float[]> eldest) {
            return size() > KEPT;
        }
    };

    /** A stretch of time that halving makes, and its place in the tree. */
    private record Stretch(double start, double end, long key, int depth) {
        double middle() {
            return round(0.5 * (end + start));
        }

        Stretch left() {
            return new Stretch(start, middle(), 2 * key, depth + 1);
        }

        Stretch right() {
            return new Stretch(middle(), end, 2 * key + 1, depth + 1);
        }
    }

    /**
     * Brownian motion of {@code size} values.
     *
     * @param seed not negative
     */
    BrownianTree(NoiseSource noise, long seed, double start, double end, int size) {
        this.noise = noise;
        this.seed = seed;
        this.size = size;
        this.whole = new Stretch(round(start), round(end), 0, 0);
        this.increment = noise.randn(SeedSequence.of(seed).first(), size);
        float deviation = (float) Math.sqrt(end - start);
        for (int i = 0; i < size; i++) {
            increment[i] *= deviation;
        }
    }

    private static double round(double time) {
        return new BigDecimal(time).setScale(DECIMALS, RoundingMode.HALF_EVEN).doubleValue();
    }

    /** The motion's increment from one time to a later one, both within its range; a new array. */
    float[] increment(double from, double to) {
        double start = round(Math.max(from, whole.start()));
        double end = round(Math.min(to, whole.end()));
        float[] sum = new float[size];
        if (start < end) {
            add(whole, increment, start, end, sum);
        }
        return sum;
    }

    private void add(Stretch stretch, float[] motion, double from, double to, float[] sum) {
        if (from == stretch.start() && to == stretch.end()) {
            for (int i = 0; i < size; i++) {
                sum[i] += motion[i];
            }
            return;
        }
        double middle = stretch.middle();
        float[] left = kept.computeIfAbsent(stretch.left(), half -> left(stretch, motion));
        if (from < middle) {
            add(stretch.left(), left, from, Math.min(to, middle), sum);
        }
        if (to > middle) {
            float[] right = new float[size];
            for (int i = 0; i < size; i++) {
                right[i] = motion[i] - left[i];
            }
            add(stretch.right(), right, Math.max(from, middle), to, sum);
        }
    }

    /** The bridge: in the first half goes its share of the way, give or take. */
    private float[] left(Stretch stretch, float[] motion) {
        double inverse = 1 / (stretch.end() - stretch.start());
        double before = stretch.middle() - stretch.start();
        double after = stretch.end() - stretch.middle();
        float[] half = noise.randn(
                SeedSequence.of(seed, stretch.key(), stretch.depth()).first(), size);
        float deviation = (float) Math.sqrt(before * after * inverse);
        for (int i = 0; i < size; i++) {
            half[i] = (float) before * motion[i] * (float) inverse + deviation * half[i];
        }
        return half;
    }
}
