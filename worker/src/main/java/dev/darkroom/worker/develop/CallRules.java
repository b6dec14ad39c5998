package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.LoadedModel;

/**
 * Who may share a call of the UNet, how many rows it may have, and when jobs join. Immutable.
 *
 * @param maxRows most rows of any call; one picture always fits
 * @param company who may share one
 * @param filling how many rows a call has
 * @param joining when jobs join those in the loop
 */
public record CallRules(int maxRows, Company company, Filling filling, Joining joining) {
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

    /** When jobs join those in the loop. */
    public enum Joining {
        /** Before the next step. */
        AT_EACH_STEP,
        /**
         * When all others have left, as many as fill a call: a batch at a time, as servers of networks that need a single call have
         * it. What the loop is held against.
         */
        WHEN_ALL_HAVE_LEFT
    }

    /** Rules of a loop that jobs join at each step. */
    public CallRules(int maxRows, Company company, Filling filling) {
        this(maxRows, company, filling, Joining.AT_EACH_STEP);
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

    /** The same with another rule of when jobs join. */
    public CallRules with(Joining other) {
        return new CallRules(maxRows, company, filling, other);
    }

    /** Whether jobs of a model may share calls. */
    boolean share(LoadedModel model) {
        return company == Company.SAME_PICTURE || model.unet().rowsAreIndependent();
    }
}
