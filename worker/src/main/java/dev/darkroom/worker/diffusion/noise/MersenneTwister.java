package dev.darkroom.worker.diffusion.noise;

/**
 * The 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded and read as torch's CPU generator does.
 * Not safe for use by several threads.
 */
final class MersenneTwister {
    private static final int SIZE = 624;
    private static final int MIDDLE = 397;
    private static final int UPPER_BIT = 0x80000000;
    private static final int LOWER_BITS = 0x7fffffff;
    private static final int MATRIX = 0x9908b0df;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    /** Only the low 32 bits of the seed matter, as in torch. */
    MersenneTwister(long seed) {
        state[0] = (int) seed;
        for (int j = 1; j < SIZE; j++) {
            int before = state[j - 1];
            state[j] = 1812433253 * (before ^ (before >>> 30)) + j;
        }
    }

    int nextInt() {
        if (next == SIZE) {
            twist();
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    /** Uniform in [0, 1) with 24 random bits out of one draw. */
    float nextFloat() {
        return (nextInt() & 0xffffff) * 0x1p-24f;
    }

    /** Uniform in [0, 1) with 53 random bits out of two draws, the first of them on top. */
    double nextDouble() {
        long high = nextInt() & 0xffffffffL;
        long low = nextInt() & 0xffffffffL;
        return (((high << 32) | low) & ((1L << 53) - 1)) * 0x1p-53;
    }

    private void twist() {
        int k = 0;
        for (; k < SIZE - MIDDLE; k++) {
            state[k] = state[k + MIDDLE] ^ mixed(state[k], state[k + 1]);
        }
        for (; k < SIZE - 1; k++) {
            state[k] = state[k + MIDDLE - SIZE] ^ mixed(state[k], state[k + 1]);
        }
        state[SIZE - 1] = state[MIDDLE - 1] ^ mixed(state[SIZE - 1], state[0]);
        next = 0;
    }

    private static int mixed(int upper, int lower) {
        int y = (upper & UPPER_BIT) | (lower & LOWER_BITS);
        return (y >>> 1) ^ (-(y & 1) & MATRIX);
    }
}
