package dev.darkroom.worker.develop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;

/**
 * Draws the noise of the steps that come after a call of the UNet while the device is busy with the call, where that noise
 * takes long: a Brownian motion's. A thread of its own, which starts with the first draw. A draw that is not done in time is
 * waited for, one that has not begun is left to the step: so nothing waits for this thread but for the rest of one draw.
 */
final class NoiseAhead implements AutoCloseable {
    private final ExecutorService thread;

    /** Names the thread after a device. */
    NoiseAhead(String device) {
        this(task -> {
            Thread made = new Thread(task, "noise-" + device);
            made.setDaemon(true); // a draw that nobody waits for is of no use
            return made;
        });
    }

    /** With a thread that is made so. */
    NoiseAhead(ThreadFactory threads) {
        this.thread = Executors.newSingleThreadExecutor(threads);
    }

    /** A draw that ends, or never begins. */
    private static final class Draw implements Runnable {
        private final Runnable draw;
        private boolean wanted = true;

        Draw(Runnable draw) {
            this.draw = draw;
        }

        @Override
        public synchronized void run() {
            if (!wanted) {
                return;
            }
            try {
                draw.run();
            } catch (RuntimeException | OutOfMemoryError e) {
                // The step does not find it and draws for itself: where that fails too, its job fails.
            }
        }

        /** What it draws for is the caller's alone when this returns. */
        synchronized void end() {
            wanted = false;
        }
    }

    /**
     * Makes a call, and draws meanwhile; after {@link #close}, or where no thread can start, it only makes the call. The draws
     * have ended when this returns, however it does.
     *
     * @param draws each touches nothing that the call does, and may be left out
     */
    <T> T during(List<Runnable> draws, Supplier<T> call) {
        List<Draw> begun = new ArrayList<>();
        try {
            handOver(draws, begun);
            return call.get();
        } finally {
            for (int i = begun.size() - 1; i >= 0; i--) { // so that none begins while an earlier one is waited for
                begun.get(i).end();
            }
        }
    }

    /** Up to the first for which there is no thread: it was ended, or cannot start. The step draws the rest. */
    private void handOver(List<Runnable> draws, List<Draw> begun) {
        try {
            for (Runnable draw : draws) {
                Draw each = new Draw(draw);
                begun.add(each); // before it may run: it is to end in any case
                thread.execute(each);
            }
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // Nobody's failure: what is not drawn ahead is drawn later.
        }
    }

    /** Ends the thread after the draw that runs. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
