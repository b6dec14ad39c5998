package dev.darkroom.worker.diffusion.noise;

/**
 * Normal noise as A1111's web UI computes it where it imitates a graphics card ("NV"), which is its default noise to within
 * the last bits: Philox 4x32-10 (Salmon et al., 2011) and the Box-Muller transform.
 *
 * <p>Value {@code i} of a draw comes from the counter {@code (draw, 0, i, 0)} under the seed as the key; the second normal
 * number of each pair is not used. The card itself computes the transform in float32. It draws that way up to some hundred
 * thousand values at a time, depending on the card; larger latents come out otherwise there.
 *
 * <p>One instance is one generator: successive calls continue it. Not safe for use by several threads.
 */
public final class PhiloxNoise {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xd2511f53L;
    private static final long MULTIPLIER_1 = 0xcd9e8d57L;
    private static final int KEY_STEP_0 = 0x9e3779b9;
    private static final int KEY_STEP_1 = 0xbb67ae85;
    private static final long LOW = 0xffffffffL;
    /** 2^-32, and as much of a full turn; float32 constants in sums of double precision, as in the reference. */
    private static final double UNIT = 0x1p-32f;

    private static final double HALF_UNIT = 0x1p-33f;
    private static final double TURN = (float) (0x1p-32 * 2 * Math.PI);
    private static final double HALF_TURN = (float) (0x1p-33 * 2 * Math.PI);

    private final long seed;
    private int draw;

    /** A generator after {@code manual_seed(seed)}. */
    public PhiloxNoise(long seed) {
        this.seed = seed;
    }

    /** The next {@code n} values of unit normal noise, as one call of {@code torch.randn} with {@code n} elements. */
    public float[] randn(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("The number of values must not be negative: " + n);
        }
        float[] values = new float[n];
        fill(values);
        return values;
    }

    /** The same into an array, whole. */
    public void fill(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = normal(draw, i);
        }
        draw++;
    }

    /** Goes on as if a draw had been taken with {@link #randn}, however many values it had. */
    public void skip() {
        draw++;
    }

    private float normal(int draw, int place) {
        int c0 = draw;
        int c1 = 0;
        int c2 = place;
        int c3 = 0;
        int key0 = (int) seed;
        int key1 = (int) (seed >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = (c0 & LOW) * MULTIPLIER_0;
            long product1 = (c2 & LOW) * MULTIPLIER_1;
            int next0 = (int) (product1 >>> 32) ^ c1 ^ key0;
            int next2 = (int) (product0 >>> 32) ^ c3 ^ key1;
            c1 = (int) product1;
            c3 = (int) product0;
            c0 = next0;
            c2 = next2;
            key0 += KEY_STEP_0;
            key1 += KEY_STEP_1;
        }
        double u = (c0 & LOW) * UNIT + HALF_UNIT;
        double angle = (c1 & LOW) * TURN + HALF_TURN;
        return (float) (Math.sqrt(-2 * Math.log(u)) * Math.sin(angle));
    }
}
