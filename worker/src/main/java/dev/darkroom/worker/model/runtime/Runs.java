package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import dev.darkroom.worker.model.Interruption;
import java.util.HashSet;
import java.util.Set;

/** The runs of a network that are under way, so that they can be ended. Safe for use by several threads. */
final class Runs {
    private final Set<RunOptions> underWay = new HashSet<>(); // guarded by this
    private boolean ended; // guarded by this

    /** One run; closed when it is over. */
    record Run(RunOptions options, Runs runs) implements AutoCloseable {
        @Override
        public void close() {
            runs.over(options);
        }
    }

    /** What a run needs to be one of these. After {@link #end} it ends as soon as it starts, and so if interrupted. */
    Run begin(Interruption interruption) throws OrtException {
        RunOptions options = begin();
        interruption.onRaise(() -> end(options));
        return new Run(options, this);
    }

    private synchronized RunOptions begin() throws OrtException {
        RunOptions options = new RunOptions();
        underWay.add(options);
        options.setTerminate(ended);
        return options;
    }

    private synchronized void over(RunOptions options) {
        underWay.remove(options);
        options.close();
    }

    /** Has the runtime end all runs, those that begin from now on too, each after the operator that it is at. */
    synchronized void end() {
        ended = true;
        underWay.forEach(Runs::terminate);
    }

    /** The same for one run, if it is not over. */
    private synchronized void end(RunOptions options) {
        if (underWay.contains(options)) {
            terminate(options);
        }
    }

    private static void terminate(RunOptions options) {
        try {
            options.setTerminate(true);
        } catch (OrtException e) {
            throw new IllegalStateException("A run cannot be ended: " + e.getMessage(), e);
        }
    }

    synchronized boolean ended() {
        return ended;
    }
}
