package dev.darkroom.worker.diffusion.noise;

/**
 * Normal noise equal, bit for bit, to {@code torch.randn(..., dtype=float32)} with a CPU generator on x86-64 with AVX2.
 *
 * <p>Torch makes normal numbers by the Box-Muller transform in two ways. Fewer than {@value #BLOCK} values are drawn one
 * by one in double precision; each pair leaves a second value in the generator for the next such call. From
 * {@value #BLOCK} values on, all places are filled with uniform numbers first, then every block of {@value #BLOCK}
 * places is transformed ({@link BoxMuller}); if the size is not a multiple of the block, the last {@value #BLOCK} places
 * are drawn afresh and transformed again.
 *
 * <p>One instance is one generator: successive calls continue it. Not safe for use by several threads.
 */
public final class TorchCpuNoise {
    private static final int BLOCK = BoxMuller.BLOCK;

    private final MersenneTwister twister;
    private final BoxMuller transform = new BoxMuller();
    private double second;
    private boolean hasSecond;

    /** A generator after {@code manual_seed(seed)}. Torch uses the low 32 bits of a seed and no more. */
    public TorchCpuNoise(long seed) {
        this.twister = new MersenneTwister(seed);
    }

    /** Becomes what a new generator after {@code manual_seed(seed)} is. */
    public void restart(long seed) {
        twister.restart(seed);
        hasSecond = false;
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
        int n = values.length;
        if (n < BLOCK) {
            for (int i = 0; i < n; i++) {
                values[i] = (float) nextNormal();
            }
            return;
        }
        int whole = n - n % BLOCK;
        twister.fill(values, 0, n);
        transform.transform(values, 0, whole);
        if (whole < n) {
            twister.fill(values, n - BLOCK, n);
            transform.transform(values, n - BLOCK, n);
        }
    }

    /** Goes on as if the next {@code n} values had been taken with {@link #randn}, without making them. */
    public void skip(int n) {
        if (n < BLOCK) {
            randn(n); // these depend on each other
            return;
        }
        twister.skip(n % BLOCK == 0 ? n : n + BLOCK);
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
}
