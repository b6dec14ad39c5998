package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.RowRange;
import dev.darkroom.worker.model.graph.GraphForm;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** How the rows of a UNet's call are computed. */
enum RowOrder {
    /** In one run of the network, which gives each row what it has alone. */
    TOGETHER,
    /** In a run each, for one run would not. A large network is as fast that way: a row has work for all threads. */
    ONE_BY_ONE,
    /** In one run, and a row's last bits depend on the others. */
    TOGETHER_AND_DEPENDENT;

    static RowOrder of(RuntimeOptions options, GraphForm form) {
        return switch (options.device()) {
            // Bytes have one scale for all rows of a run.
            case CPU ->
                options.memory() == RuntimeOptions.Memory.STEADY && form != GraphForm.CPU_INT8 ? TOGETHER : ONE_BY_ONE;
            case CUDA -> TOGETHER_AND_DEPENDENT;
        };
    }

    boolean rowsAreIndependent() {
        return this != TOGETHER_AND_DEPENDENT;
    }

    /**
     * Makes the runs of a call, one after the other.
     *
     * @param stack puts what came of several together
     */
    <T> T run(int rows, Function<RowRange, T> run, Function<List<T>, T> stack) {
        return this == ONE_BY_ONE && rows > 1
                ? stack.apply(IntStream.range(0, rows)
                        .mapToObj(row -> run.apply(new RowRange(row, 1)))
                        .toList())
                : run.apply(new RowRange(0, rows));
    }
}
