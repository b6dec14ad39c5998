package dev.darkroom.worker.diffusion.schedule;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Brownian motion that can be asked for any stretch of time in any order and always tells one story: the increment over
 * the whole is drawn first, and halves are drawn by the Brownian bridge as they are needed, each from a seed that follows
 * from its place (Li et al., 2020, algorithm 3), as torchsde's {@code BrownianInterval} with {@code halfway_tree} does.
 * Times are rounded to 6 decimal places, where the halving ends, so a new time takes about twenty draws.
 *
 * <p>What is kept are the halves on the way to the two times that were asked for last, for one of them mostly is asked
 * for again; their arrays are written again. Belongs to one picture; not shared.
 */
final class BrownianTree {
    private static final int DECIMALS = 6;

    private final NoiseSource noise;
    private final long seed;
    private final Stretch whole;
    private final float[] sum;
    /** The times that the sum is between; not numbers where it is between none. */
    private double sumStart = Double.NaN;

    private double sumEnd = Double.NaN;
    private final Deque<float[]> spare = new ArrayDeque<>();

    /**
     * Brownian motion of {@code size} values.
     *
     * @param seed not negative
     */
    BrownianTree(NoiseSource noise, long seed, double start, double end, int size) {
        this.noise = noise;
        this.seed = seed;
        this.sum = new float[size];
        float[] increment = new float[size];
        noise.randn(SeedSequence.of(seed).first(), increment);
        float deviation = (float) Math.sqrt(end - start);
        for (int i = 0; i < size; i++) {
            increment[i] *= deviation;
        }
        this.whole = new Stretch(round(start), round(end), 0, 0, increment);
    }

    private static double round(double time) {
        return new BigDecimal(time).setScale(DECIMALS, RoundingMode.HALF_EVEN).doubleValue();
    }

    /**
     * The motion's increment from one time to a later one, both within its range. Asked for the same stretch again, it is
     * there.
     *
     * @return an array of the tree's, which a call for another stretch writes again
     */
    float[] increment(double from, double to) {
        double start = round(Math.max(from, whole.start));
        double end = round(Math.min(to, whole.end));
        if (start == sumStart && end == sumEnd) {
            return sum;
        }
        sumStart = Double.NaN; // a draw that fails leaves a part of a sum
        Arrays.fill(sum, 0f);
        if (start < end) {
            whole.forget(start, end);
            whole.add(start, end);
        }
        sumStart = start;
        sumEnd = end;
        return sum;
    }

    private float[] array() {
        return spare.isEmpty() ? new float[sum.length] : spare.pop();
    }

    /** A stretch of time that halving makes, and the motion's increment over it. */
    private final class Stretch {
        private final double start;
        private final double middle;
        private final double end;
        /** The place among those of the same depth. */
        private final long key;

        private final int depth;
        private final float[] motion;
        private @Nullable Stretch left;
        private @Nullable Stretch right;

        Stretch(double start, double end, long key, int depth, float[] motion) {
            this.start = start;
            this.middle = round(0.5 * (end + start));
            this.end = end;
            this.key = key;
            this.depth = depth;
            this.motion = motion;
        }

        /** Adds what lies between two times of this stretch to the sum, the earliest first. */
        void add(double from, double to) {
            if (from == start && to == end) {
                for (int i = 0; i < motion.length; i++) {
                    sum[i] += motion[i];
                }
                return;
            }
            Stretch before = left();
            if (from < middle) {
                before.add(from, Math.min(to, middle));
            }
            if (from <= middle && to == end && right == null) {
                addRest(before.motion);
            } else if (to > middle) {
                right(before).add(Math.max(from, middle), to);
            }
        }

        /** Adds the second half without an array of its own. */
        private void addRest(float[] first) {
            for (int i = 0; i < motion.length; i++) {
                sum[i] += motion[i] - first[i];
            }
        }

        /** The bridge: in the first half goes its share of the way, give or take. */
        private Stretch left() {
            Stretch known = left;
            if (known != null) {
                return known;
            }
            double inverse = 1 / (end - start);
            float deviation = (float) Math.sqrt((middle - start) * (end - middle) * inverse);
            float share = (float) (middle - start);
            float[] half = array();
            noise.randn(SeedSequence.of(seed, key, depth).first(), half);
            for (int i = 0; i < half.length; i++) {
                half[i] = share * motion[i] * (float) inverse + deviation * half[i];
            }
            Stretch made = new Stretch(start, middle, 2 * key, depth + 1, half);
            left = made;
            return made;
        }

        private Stretch right(Stretch before) {
            Stretch known = right;
            if (known != null) {
                return known;
            }
            float[] half = array();
            for (int i = 0; i < half.length; i++) {
                half[i] = motion[i] - before.motion[i];
            }
            Stretch made = new Stretch(middle, end, 2 * key + 1, depth + 1, half);
            right = made;
            return made;
        }

        /** Gives the arrays back of what is not on the way to either of these times. */
        void forget(double time, double other) {
            boolean onTheWay = contains(time) || contains(other);
            left = kept(left, onTheWay, time, other);
            right = kept(
                    right, onTheWay && right != null && (right.contains(time) || right.contains(other)), time, other);
        }

        private @Nullable Stretch kept(@Nullable Stretch half, boolean keep, double time, double other) {
            if (half == null) {
                return null;
            }
            half.forget(time, other);
            if (keep) {
                return half;
            }
            spare.push(half.motion);
            return null;
        }

        private boolean contains(double time) {
            return start < time && time < end;
        }
    }
}
