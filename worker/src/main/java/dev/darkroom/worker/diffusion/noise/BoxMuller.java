package dev.darkroom.worker.diffusion.noise;

/**
 * The Box-Muller transform as torch makes it of blocks of {@value #BLOCK} uniform numbers: the first eight give radii, the
 * last eight angles. The logarithm, sine and cosine are the Cephes polynomials (Moshier, single precision), whose sums the
 * compiler of torch contracts to fused multiply-adds; {@link Math#fma} repeats that pattern.
 *
 * <p>What is arithmetic of floats is done for many pairs at a time in plain loops without branches, which the JVM makes
 * vector instructions of; what looks into the bits of a float, which it does not, is kept apart. Not safe for use by
 * several threads.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the constants as Cephes prints them
final class BoxMuller {
    static final int BLOCK = 16;

    private static final int HALF = BLOCK / 2;
    /** Places at a time: what they need stays in the nearest cache. */
    private static final int PLACES = 32 * BLOCK;

    private static final float TWO_PI = (float) (2 * Math.PI);
    private static final int SQRT_HALF_BITS = Float.floatToRawIntBits(0.707106781186547524f);
    /** Half of the least difference of uniform numbers: what lies right between two quarters belongs to the upper one. */
    private static final float UPWARDS = 0x1p-25f;
    /** What is added to this and taken from it again is rounded to a whole number. */
    private static final float ROUNDING = 0x1.8p23f;

    /** 1 at the first half of each block, 0 at the second. */
    private static final float[] FIRST = firstHalves();

    private final float[] exponents = new float[PLACES];
    private final float[] mantissas = new float[PLACES];
    private final float[] radii = new float[PLACES];
    private final float[] cosines = new float[PLACES];
    private final float[] sines = new float[PLACES];
    /** What the other half of a block found, moved to where it is wanted: loops over places that differ are slow. */
    private final float[] radiiBefore = new float[PLACES];

    private final float[] cosinesBehind = new float[PLACES];
    private final float[] uniform = new float[PLACES];

    private static float[] firstHalves() {
        float[] first = new float[PLACES];
        for (int i = 0; i < PLACES; i++) {
            first[i] = i % BLOCK < HALF ? 1f : 0f;
        }
        return first;
    }

    /** Makes normal numbers of the uniform ones, in [0, 1), of whole blocks from {@code start} to before {@code end}. */
    void transform(float[] values, int start, int end) {
        for (int at = start; at < end; at += PLACES) {
            int count = Math.min(end - at, PLACES);
            System.arraycopy(values, at, uniform, 0, count);
            split();
            makeRadii();
            makeWaves();
            join();
            System.arraycopy(uniform, 0, values, at, count);
        }
    }

    /** Parts 1 - u into a power of two and what is left, from sqrt(0.5) to sqrt(2), less 1. */
    private void split() {
        for (int block = 0; block < PLACES; block += BLOCK) {
            for (int i = block; i < block + HALF; i++) {
                int bits = Float.floatToRawIntBits(1f - uniform[i]);
                int power = (bits - SQRT_HALF_BITS) >> 23;
                exponents[i] = power;
                mantissas[i] = Float.intBitsToFloat(bits - (power << 23)) - 1f;
            }
        }
    }

    /** The root of minus two logarithms. */
    private void makeRadii() {
        for (int i = 0; i < PLACES; i++) {
            float x = mantissas[i];
            float exponent = exponents[i];
            float z = x * x;
            float y = Math.fma(7.0376836292E-2f, x, -1.1514610310E-1f);
            y = Math.fma(y, x, 1.1676998740E-1f);
            y = Math.fma(y, x, -1.2420140846E-1f);
            y = Math.fma(y, x, 1.4249322787E-1f);
            y = Math.fma(y, x, -1.6668057665E-1f);
            y = Math.fma(y, x, 2.0000714765E-1f);
            y = Math.fma(y, x, -2.4999993993E-1f);
            y = Math.fma(y, x, 3.3333331174E-1f);
            y *= x;
            y = Math.fma(y, z, exponent * -2.12194440e-4f);
            y = Math.fma(z, -0.5f, y);
            float log = Math.fma(exponent, 0.693359375f, x + y);
            radii[i] = (float) Math.sqrt(-2f * log);
        }
    }

    /**
     * Cosine and sine of the angles, by that of what is left beyond the nearest quarter of a turn: as they are, or one in
     * place of the other, with the signs of that quarter.
     */
    private void makeWaves() {
        for (int i = 0; i < PLACES; i++) {
            float angle = TWO_PI * uniform[i];
            float quarter = Math.fma(uniform[i] - 0.5f + UPWARDS, 4f, ROUNDING) - ROUNDING; // -2 to 2, and all exact
            float octant = 2f * quarter + 4f;
            // pi/4 in three parts so that nothing is lost.
            float x = Math.fma(octant, -0.78515625f, angle);
            x = Math.fma(octant, -2.4187564849853515625e-4f, x);
            x = Math.fma(octant, -3.77489497744594108e-8f, x);
            float z = x * x;
            float even = Math.fma(2.443315711809948E-005f, z, -1.388731625493765E-003f);
            even = Math.fma(even, z, 4.166664568298827E-002f);
            even *= z;
            even = Math.fma(even, z, z * -0.5f);
            even += 1f;
            float odd = Math.fma(-1.9515295891E-4f, z, 8.3321608736E-3f);
            odd = Math.fma(odd, z, -1.6666654611E-1f);
            odd *= z;
            odd = Math.fma(odd, x, x);
            float straight = Math.abs(quarter) - 1f; // 1, 0, -1, 0, 1
            float swapped = quarter * (1f - Math.abs(straight)); // 0, -1, 0, 1, 0
            cosines[i] = straight * even + swapped * odd;
            sines[i] = straight * odd - swapped * even;
        }
    }

    /** Radius times cosine, and half a block later radius times sine; adding 0 turns -0 into 0, as torch's adding a mean. */
    private void join() {
        System.arraycopy(radii, 0, radiiBefore, HALF, PLACES - HALF);
        System.arraycopy(cosines, HALF, cosinesBehind, 0, PLACES - HALF);
        for (int i = 0; i < PLACES; i++) {
            float first = FIRST[i];
            uniform[i] = first * (radii[i] * cosinesBehind[i]) + (1f - first) * (radiiBefore[i] * sines[i]) + 0f;
        }
    }
}
