package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.LoadedModel;

/**
 * Who may share a call of the UNet, and how many rows it may have. Immutable.
 *
 * @param maxRows most rows of any call; one picture always fits
 * @param company who may share one
 * @param filling how many rows a call has
 */
public record CallRules(int maxRows, Company company, Filling filling) {
    /** What a job's company may do to its pictures. */
    public enum Company {
        /** Nothing: jobs share a call only where a row's bits do not depend on the others. */
        SAME_BITS,
        /** A rounding: all jobs of a model and size may share a call. */
        SAME_PICTURE
    }

    /** How many rows a call has for those that are taken. */
    public enum Filling {
        /** As many. */
        NONE,
        /** 1, 2, 4, 8 and so on: a device that chooses its kernels by the number of rows then meets few numbers. */
        POWERS_OF_TWO;

        /** Rows of a call of which so many are taken; the others are thrown away. */
        int rows(int taken) {
            return switch (this) {
                case NONE -> taken;
                case POWERS_OF_TWO -> whole(taken) < taken ? 2 * whole(taken) : taken;
            };
        }

        /** The most rows of a call where it may have so many. */
        int whole(int most) {
            return switch (this) {
                case NONE -> most;
                case POWERS_OF_TWO -> Integer.highestOneBit(most);
            };
        }
    }

    public CallRules {
        if (maxRows < 1) {
            throw new IllegalArgumentException("A call needs at least one row, not " + maxRows);
        }
    }

    /** Rules by which no picture changes because of its company. */
    public static CallRules strict(int maxRows) {
        return new CallRules(maxRows, Company.SAME_BITS, Filling.NONE);
    }

    /** Whether jobs of a model may share calls. */
    boolean share(LoadedModel model) {
        return company == Company.SAME_PICTURE || model.unet().rowsAreIndependent();
    }
}
