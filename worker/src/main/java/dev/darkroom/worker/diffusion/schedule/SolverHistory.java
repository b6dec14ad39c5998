package dev.darkroom.worker.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What a solver remembers of one picture from step to step. Its arrays are made once and written again, so a run
 * allocates no more after its first steps. Not shared.
 */
public final class SolverHistory {
    private static final float[] NONE = {};

    private final List<float[]> outputs = new ArrayList<>();
    private float[] kept = NONE;
    private float[] sum = NONE;
    /** Written again at each draw, so nothing that a history holds. */
    private float[] fresh = NONE;

    private int steps;
    private Optional<BrownianTree> brownianTree = Optional.empty();

    /**
     * How much a history holds. It follows from the solver and the number of steps, whatever the picture.
     *
     * @param outputs that are remembered
     * @param samples that were kept: 0 or 1
     * @param sums over several steps: 0 or 1
     * @param steps that were counted
     */
    public record Shape(int outputs, int samples, int sums, int steps) {
        public Shape {
            if (outputs < 0 || samples < 0 || samples > 1 || sums < 0 || sums > 1 || steps < 0) {
                throw new IllegalArgumentException("No history holds that: " + outputs + " outputs, " + samples
                        + " samples, " + sums + " sums, " + steps + " steps");
            }
        }

        /** Arrays in all. */
        public int arrays() {
            return outputs + samples + sums;
        }
    }

    /** How much it holds. */
    public Shape shape() {
        return new Shape(outputs.size(), kept.length == 0 ? 0 : 1, sum.length == 0 ? 0 : 1, steps);
    }

    /** What it holds, not copied: the outputs from the newest on, then the kept sample, then the sum. */
    public List<float[]> arrays() {
        List<float[]> arrays = new ArrayList<>(outputs);
        Stream.of(kept, sum).filter(array -> array.length > 0).forEach(arrays::add);
        return arrays;
    }

    /**
     * A history that goes on where another one was. The Brownian motion is not among what it needs: it is made again, from
     * its seed, and tells the same story.
     *
     * @param arrays those of {@link #arrays}, which are given away
     */
    public static SolverHistory restored(Shape shape, List<float[]> arrays) {
        if (arrays.size() != shape.arrays()) {
            throw new IllegalArgumentException("A history of " + shape + " does not hold " + arrays.size() + " arrays");
        }
        SolverHistory history = new SolverHistory();
        history.outputs.addAll(arrays.subList(0, shape.outputs()));
        if (shape.samples() > 0) {
            history.kept = arrays.get(shape.outputs());
        }
        if (shape.sums() > 0) {
            history.sum = arrays.get(arrays.size() - 1);
        }
        history.steps = shape.steps();
        return history;
    }

    /** How many outputs are remembered. */
    int size() {
        return outputs.size();
    }

    /** The output of {@code age} steps ago, 0 for the newest. */
    float[] output(int age) {
        return outputs.get(age);
    }

    /** Makes room for a new output and returns the array to write it to, which takes the place of the oldest one. */
    float[] next(int length, int keep) {
        float[] next = outputs.size() >= keep ? outputs.remove(outputs.size() - 1) : new float[length];
        checkLength(next, length);
        outputs.add(0, next);
        return next;
    }

    /** Counts a step, and returns how many there were before it. */
    int countStep() {
        return steps++;
    }

    /** Remembers a sample, in place of the one remembered before. */
    void keep(float[] sample) {
        if (kept.length == 0) {
            kept = new float[sample.length];
        }
        checkLength(kept, sample.length);
        System.arraycopy(sample, 0, kept, 0, sample.length);
    }

    /** The sample that was remembered; a solver may write to it. Empty before {@link #keep}. */
    float[] kept() {
        return kept;
    }

    /** An array for a sum over several steps; zero at first. */
    float[] sum(int length) {
        if (sum.length == 0) {
            sum = new float[length];
        }
        checkLength(sum, length);
        return sum;
    }

    /** The picture's next unit noise, in an array that the next draw writes again. */
    float[] drawn(NoiseSource noise, int length) {
        if (fresh.length == 0) {
            fresh = new float[length];
        }
        checkLength(fresh, length);
        noise.randn(fresh);
        return fresh;
    }

    /** The picture's Brownian motion, made at the first call. */
    BrownianTree brownianTree(Supplier<BrownianTree> maker) {
        BrownianTree tree = brownianTree.orElseGet(maker);
        brownianTree = Optional.of(tree);
        return tree;
    }

    private static void checkLength(float[] array, int length) {
        if (array.length != length) {
            throw new IllegalArgumentException(
                    "A history belongs to one picture: its outputs have " + array.length + " values, not " + length);
        }
    }
}
