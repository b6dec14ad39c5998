package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.InsufficientMemoryException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that keeps a device busy: one thread, one call of the UNet after the other, each shared by the pictures that
 * can share it. A job joins at the next step and leaves after its last; nothing in the loop waits for anything but jobs, and for
 * what is left of a draw that was made beside the call ({@link NoiseAhead}).
 *
 * <p>Jobs share the device by their {@link Share}, by what calls cost ({@link CallCost}). None starves: while the oldest job of a
 * lane is in no call, the calls that are made cost less than the dearest of them, or four such where jobs of several models are
 * there, times the sum of {@code v / w + 1} over the weights {@code v} of the other lanes that have jobs meanwhile, where
 * {@code w} is its lane's. With weights 8, 4 and 1 those are 2.7, 4.3 and 14 calls; for lanes with several tenants see {@link
 * Seating}. A call that did not fit the memory does not count: its leader leads the next, smaller one.
 */
public final class DenoisingLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DenoisingLoop.class);
    private static final int STOP_SECONDS = 60;

    private final Supplier<Joining> joining;
    private final CallSizes sizes; // the loop's thread only
    private final Seating seating; // the loop's thread only
    private final BlockingQueue<Generation> arrivals = new LinkedBlockingQueue<>();
    private final Deque<Generation> inFlight = new ArrayDeque<>(); // the loop's thread only; oldest first
    private final Thread thread;
    private final StallWatch stalls;
    private final NoiseAhead noise;
    private final LongSupplier nanoTime;
    private volatile List<Seat> seats = List.of();
    private volatile boolean stopping;

    /** Starts a loop in which no job changes another one's pictures, and that gives a step half an hour. */
    public DenoisingLoop(String device, int maxRows) {
        this(device, CallRules.strict(maxRows), StallLimits.GENEROUS, System::nanoTime);
    }

    /** Starts a loop that jobs join at each step. */
    public DenoisingLoop(String device, CallRules rules, StallLimits limits, LongSupplier nanoTime) {
        this(device, rules, () -> Joining.AT_EACH_STEP, limits, nanoTime);
    }

    /**
     * Starts the loop.
     *
     * @param device names the thread
     * @param rules how many rows a call may have (a guided picture takes two), and who shares one
     * @param joining when jobs join those in the loop; asked before each step
     * @param limits what becomes of a step that takes too long
     * @param nanoTime as {@link System#nanoTime}, by which calls are timed and steps take too long
     */
    public DenoisingLoop(
            String device, CallRules rules, Supplier<Joining> joining, StallLimits limits, LongSupplier nanoTime) {
        this.joining = joining;
        this.nanoTime = nanoTime;
        this.sizes = new CallSizes(rules);
        this.seating = new Seating(sizes);
        this.stalls = new StallWatch(device, limits, nanoTime);
        this.noise = new NoiseAhead(device);
        this.thread = new Thread(this::denoise, "denoise-" + device);
        this.thread.start();
    }

    /** Hands a job to the loop; its {@link Generation#done} completes when it has left again. */
    public void submit(Generation generation) {
        if (stopping) {
            throw new RejectedExecutionException("The denoising loop is stopping");
        }
        if (!generation.retire()) { // a resumed one may have all its steps behind it
            arrivals.add(generation);
        }
    }

    /** Which jobs have rows in the call that runs, or ran last if jobs are in the loop; any thread may ask. */
    public List<Seat> seats() {
        return seats;
    }

    private void denoise() {
        while (admit()) {
            Batch batch = seating.next(inFlight);
            seats = batch.seats();
            stalls.begins(batch);
            if (call(batch)) {
                seating.made(batch);
            }
            stalls.ended();
            inFlight.removeIf(Generation::retire);
            if (inFlight.isEmpty()) {
                seats = List.of();
            }
        }
        arrivals.drainTo(inFlight);
        inFlight.forEach(Generation::cancel);
        inFlight.removeIf(Generation::retire);
    }

    /** False when the call was too large for the memory, and nothing came of it. */
    private boolean call(Batch batch) {
        try {
            Optional<Batch.Output> output = noise.during(batch.drawsAhead(), () -> predict(batch));
            output.ifPresent(batch::step);
            return output.isPresent();
        } catch (RuntimeException | Error e) { // whatever it is, it is these jobs' failure, not the loop's
            batch.fail(stalls.isStalled() ? stalls.failure() : e);
            return true;
        }
    }

    /**
     * Empty when the call was too large for the memory: then its pictures are where they were before, and smaller calls
     * take them. A picture that does not fit alone fails its job.
     */
    private Optional<Batch.Output> predict(Batch batch) {
        try {
            long begin = nanoTime.getAsLong();
            Batch.Output output = batch.predict();
            sizes.costs().note(batch, Duration.ofNanos(nanoTime.getAsLong() - begin));
            sizes.fitted(batch);
            return Optional.of(output);
        } catch (InsufficientMemoryException | OutOfMemoryError e) {
            if (batch.pictures() == 1 || stalls.isStalled()) {
                throw e;
            }
            sizes.tooLarge(batch);
            return Optional.empty();
        }
    }

    /** False when the loop has ended unasked, or is in a step that did not end when it was told to. */
    public boolean isAlive() {
        return thread.isAlive() && !stalls.isStuck();
    }

    /** Lets new jobs in, waiting for one if there is nothing to do; false when the loop is to end. */
    private boolean admit() {
        try {
            while (inFlight.isEmpty() && !stopping) {
                inFlight.add(arrivals.take());
                join();
                inFlight.removeIf(Generation::retire); // cancelled before its first step
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        if (joining.get() == Joining.AT_EACH_STEP) {
            join();
        }
        return !stopping;
    }

    private void join() {
        switch (joining.get()) {
            case AT_EACH_STEP -> arrivals.drainTo(inFlight);
            case WHEN_ALL_HAVE_LEFT -> fillACall();
        }
    }

    private void fillACall() {
        Generation first = inFlight.element();
        int room = sizes.most(first) - first.rows();
        for (Generation next = arrivals.peek(); next != null && next.rows() <= room; next = arrivals.peek()) {
            room -= next.rows();
            inFlight.add(arrivals.remove());
        }
    }

    /** Ends the loop after the step that runs; jobs still in flight are cancelled. */
    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
            if (thread.isAlive()) {
                log.error("The denoising loop did not end within {} s; its step still runs", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            noise.close();
            stalls.close();
        }
    }
}
