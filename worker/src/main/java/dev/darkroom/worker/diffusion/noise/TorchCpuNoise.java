package dev.darkroom.worker.diffusion.noise;

/**
 * Normal noise equal, bit for bit, to {@code torch.randn(..., dtype=float32)} with a CPU generator on x86-64 with AVX2.
 *
 * <p>Torch makes normal numbers by the Box-Muller transform in two ways. Fewer than {@value #BLOCK} values are drawn one
 * by one in double precision; each pair leaves a second value in the generator for the next such call. From
 * {@value #BLOCK} values on, all places are filled with uniform numbers first, then every block of {@value #BLOCK}
 * places is transformed (the first eight give radii, the last eight angles); if the size is not a multiple of the
 * block, the last {@value #BLOCK} places are drawn afresh and transformed again. In the vectorised form the logarithm,
 * sine and cosine are the Cephes polynomials (Moshier, single precision), whose sums the compiler contracts to fused
 * multiply-adds; {@link Math#fma} repeats that pattern.
 *
 * <p>One instance is one generator: successive calls continue it. Not safe for use by several threads.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the constants as Cephes prints them
public final class TorchCpuNoise {
    private static final int BLOCK = 16;
    private static final int HALF = BLOCK / 2;
    private static final float TWO_PI = (float) (2 * Math.PI);
    private static final float FOUR_OVER_PI = 1.27323954473516f;
    private static final float SQRT_HALF = 0.707106781186547524f;

    private final MersenneTwister twister;
    private double second;
    private boolean hasSecond;

    /** A generator after {@code manual_seed(seed)}. Torch uses the low 32 bits of a seed and no more. */
    public TorchCpuNoise(long seed) {
        this.twister = new MersenneTwister(seed);
    }

    /** The next {@code n} values of unit normal noise, as one call of {@code torch.randn} with {@code n} elements. */
    public float[] randn(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("The number of values must not be negative: " + n);
        }
        float[] values = new float[n];
        if (n < BLOCK) {
            for (int i = 0; i < n; i++) {
                values[i] = (float) nextNormal();
            }
            return values;
        }
        for (int i = 0; i < n; i++) {
            values[i] = twister.nextFloat();
        }
        for (int start = 0; start + BLOCK <= n; start += BLOCK) {
            transform(values, start);
        }
        if (n % BLOCK != 0) {
            for (int i = n - BLOCK; i < n; i++) {
                values[i] = twister.nextFloat();
            }
            transform(values, n - BLOCK);
        }
        return values;
    }

    /** Goes on as if the next {@code n} values had been taken with {@link #randn}, without making them. */
    public void skip(int n) {
        if (n < BLOCK) {
            randn(n); // these depend on each other
            return;
        }
        int drawn = n % BLOCK == 0 ? n : n + BLOCK;
        for (int i = 0; i < drawn; i++) {
            twister.nextInt();
        }
    }

    private double nextNormal() {
        if (hasSecond) {
            hasSecond = false;
            return second;
        }
        double angle = 2 * Math.PI * twister.nextDouble();
        double radius = Math.sqrt(-2 * Math.log1p(-twister.nextDouble()));
        second = radius * Math.sin(angle);
        hasSecond = true;
        return radius * Math.cos(angle);
    }

    private static void transform(float[] values, int start) {
        for (int i = start; i < start + HALF; i++) {
            float radius = (float) Math.sqrt(-2f * log(1f - values[i]));
            rotate(values, i, radius, TWO_PI * values[i + HALF]);
        }
    }

    /** Natural logarithm of a positive float. */
    private static float log(float argument) {
        int bits = Float.floatToRawIntBits(Math.max(argument, Float.MIN_NORMAL));
        float exponent = (bits >>> 23) - 126;
        float mantissa = Float.intBitsToFloat((bits & 0x807fffff) | 0x3f000000); // [0.5, 1)
        float x = mantissa - 1f;
        if (mantissa < SQRT_HALF) {
            exponent -= 1f;
            x += mantissa;
        }
        float z = x * x;
        float y = 7.0376836292E-2f;
        y = Math.fma(y, x, -1.1514610310E-1f);
        y = Math.fma(y, x, 1.1676998740E-1f);
        y = Math.fma(y, x, -1.2420140846E-1f);
        y = Math.fma(y, x, 1.4249322787E-1f);
        y = Math.fma(y, x, -1.6668057665E-1f);
        y = Math.fma(y, x, 2.0000714765E-1f);
        y = Math.fma(y, x, -2.4999993993E-1f);
        y = Math.fma(y, x, 3.3333331174E-1f);
        y *= x;
        y = Math.fma(y, z, exponent * -2.12194440e-4f);
        y = Math.fma(-z, 0.5f, y);
        return Math.fma(exponent, 0.693359375f, x + y);
    }

    /** Writes {@code radius * cos(angle)} at {@code i} and {@code radius * sin(angle)} half a block later. */
    private static void rotate(float[] values, int i, float radius, float angle) {
        int octant = ((int) (angle * FOUR_OVER_PI) + 1) & ~1;
        // Angle minus octant * pi/4, with pi/4 in three parts so that nothing is lost.
        float x = Math.fma((float) octant, -0.78515625f, angle);
        x = Math.fma((float) octant, -2.4187564849853515625e-4f, x);
        x = Math.fma((float) octant, -3.77489497744594108e-8f, x);
        float z = x * x;
        float even = Math.fma(2.443315711809948E-005f, z, -1.388731625493765E-003f);
        even = Math.fma(even, z, 4.166664568298827E-002f);
        even *= z;
        even = Math.fma(even, z, -(z * 0.5f));
        even += 1f;
        float odd = Math.fma(-1.9515295891E-4f, z, 8.3321608736E-3f);
        odd = Math.fma(odd, z, -1.6666654611E-1f);
        odd *= z;
        odd = Math.fma(odd, x, x);

        boolean swapped = (octant & 2) != 0;
        int sineSign = (octant & 4) << 29;
        int cosineSign = (~(octant - 2) & 4) << 29;
        float cosine = signed(swapped ? odd : even, cosineSign);
        float sine = signed(swapped ? even : odd, sineSign);
        // Torch multiplies by the standard deviation and adds the mean: adding 0 turns -0 into 0.
        values[i] = radius * cosine + 0f;
        values[i + HALF] = radius * sine + 0f;
    }

    private static float signed(float value, int sign) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(value) ^ sign);
    }
}
