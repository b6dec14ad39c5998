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
    private final int[] before = new int[SIZE];
    private final int[] words = new int[SIZE];
    private int next = SIZE;

    MersenneTwister(long seed) {
        restart(seed);
    }

    /** Begins anew. Only the low 32 bits of the seed matter, as in torch. */
    void restart(long seed) {
        next = SIZE;
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
        return words[next++];
    }

    /** Goes on as if {@code count} draws had been taken. */
    void skip(int count) {
        int left = count;
        while (left > SIZE - next) {
            left -= SIZE - next;
            twist();
        }
        next += left;
    }

    /** Fills the places from {@code start} to before {@code end}: uniform in [0, 1) with 24 random bits out of one draw each. */
    void fill(float[] values, int start, int end) {
        int at = start;
        while (at < end) {
            if (next == SIZE) {
                twist();
            }
            int count = Math.min(end - at, SIZE - next);
            for (int i = 0; i < count; i++) {
                values[at + i] = (words[next + i] & 0xffffff) * 0x1p-24f;
            }
            at += count;
            next += count;
        }
    }

    /** Uniform in [0, 1) with 53 random bits out of two draws, the first of them on top. */
    double nextDouble() {
        long high = nextInt() & 0xffffffffL;
        long low = nextInt() & 0xffffffffL;
        return (((high << 32) | low) & ((1L << 53) - 1)) * 0x1p-53;
    }

    /** The next state, and what is read of it; in loops without branches, each into another array than it reads. */
    private void twist() {
        System.arraycopy(state, 0, before, 0, SIZE);
        for (int k = 0; k < SIZE - MIDDLE; k++) {
            state[k] = before[k + MIDDLE] ^ mixed(before[k], before[k + 1]);
        }
        for (int k = SIZE - MIDDLE; k < SIZE - 1; k++) {
            state[k] = state[k + MIDDLE - SIZE] ^ mixed(before[k], before[k + 1]);
        }
        state[SIZE - 1] = state[MIDDLE - 1] ^ mixed(before[SIZE - 1], state[0]);
        for (int k = 0; k < SIZE; k++) {
            int y = state[k];
            y ^= y >>> 11;
            y ^= (y << 7) & 0x9d2c5680;
            y ^= (y << 15) & 0xefc60000;
            words[k] = y ^ (y >>> 18);
        }
        next = 0;
    }

    private static int mixed(int upper, int lower) {
        int y = (upper & UPPER_BIT) | (lower & LOWER_BITS);
        return (y >>> 1) ^ (-(y & 1) & MATRIX);
    }
}
