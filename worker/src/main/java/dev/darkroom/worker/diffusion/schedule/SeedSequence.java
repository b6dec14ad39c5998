package dev.darkroom.worker.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * Seeds out of a seed, as numpy's {@code SeedSequence} makes them (after O'Neill's {@code seed_seq} alternative, 2015):
 * the words of the entropy are hashed into a pool, of which every word depends on every other, and the state is hashed
 * out of the pool.
 */
final class SeedSequence {
    private static final int POOL_SIZE = 24;
    private static final int INIT_A = 0x43b0d7e5;
    private static final int MULT_A = 0x931e8875;
    private static final int INIT_B = 0x8b51f9dd;
    private static final int MULT_B = 0x58f38ded;
    private static final int MIX_LEFT = 0xca01f9dd;
    private static final int MIX_RIGHT = 0x4973f715;

    private final int[] pool = new int[POOL_SIZE];
    private int hash = INIT_A;

    /** Of a seed alone. */
    static SeedSequence of(long entropy) {
        return new SeedSequence(words(entropy));
    }

    /** Of a seed and what tells this sequence from others of the same seed. */
    static SeedSequence of(long entropy, long... spawnKey) {
        List<Integer> words = words(entropy);
        while (words.size() < POOL_SIZE) {
            words.add(0);
        }
        for (long key : spawnKey) {
            words.addAll(words(key));
        }
        return new SeedSequence(words);
    }

    private SeedSequence(List<Integer> entropy) {
        for (int i = 0; i < POOL_SIZE; i++) {
            pool[i] = hashed(i < entropy.size() ? entropy.get(i) : 0);
        }
        for (int from = 0; from < POOL_SIZE; from++) {
            for (int to = 0; to < POOL_SIZE; to++) {
                if (from != to) {
                    pool[to] = mixed(pool[to], hashed(pool[from]));
                }
            }
        }
        for (int word : entropy.subList(Math.min(POOL_SIZE, entropy.size()), entropy.size())) {
            for (int to = 0; to < POOL_SIZE; to++) {
                pool[to] = mixed(pool[to], hashed(word));
            }
        }
    }

    /** The first word of the state, from 0 to 2^32 - 1. */
    long first() {
        int stateHash = INIT_B;
        int value = pool[0] ^ stateHash;
        stateHash *= MULT_B;
        value *= stateHash;
        return (value ^ (value >>> 16)) & 0xffffffffL;
    }

    /** The 32-bit words of a number that is not negative, the lowest first. */
    private static List<Integer> words(long number) {
        List<Integer> words = new ArrayList<>();
        words.add((int) number);
        if (number >>> 32 != 0) {
            words.add((int) (number >>> 32));
        }
        return words;
    }

    private int hashed(int word) {
        int value = word ^ hash;
        hash *= MULT_A;
        value *= hash;
        return value ^ (value >>> 16);
    }

    private static int mixed(int left, int right) {
        int value = MIX_LEFT * left - MIX_RIGHT * right;
        return value ^ (value >>> 16);
    }
}
