package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
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

    /** What a run needs to be one of these. After {@link #end} it ends as soon as it starts. */
    synchronized Run begin() throws OrtException {
        RunOptions options = new RunOptions();
        underWay.add(options);
        options.setTerminate(ended);
        return new Run(options, this);
    }

    private synchronized void over(RunOptions options) {
        underWay.remove(options);
        options.close();
    }

    /** Has the runtime end all runs, those that begin from now on too, each after the operator that it is at. */
    synchronized void end() {
        ended = true;
        for (RunOptions options : underWay) {
            try {
                options.setTerminate(true);
            } catch (OrtException e) {
                throw new IllegalStateException("A run cannot be ended: " + e.getMessage(), e);
            }
        }
    }

    synchronized boolean ended() {
        return ended;
    }
}
