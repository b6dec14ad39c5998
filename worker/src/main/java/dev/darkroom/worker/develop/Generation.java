package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.Scheduler;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntConsumer;

/**
 * One job between its preparation and its last step: the pictures in flight and what they share. {@link #cancel} may be
 * called by any thread; the rest belongs to the denoising loop until {@link #done} completes.
 */
public final class Generation {
    private final DevelopRequest request;
    private final Share share;
    private final Conditioning conditioning;
    private final Scheduler scheduler;
    private final List<LatentImage> images;
    private final IntConsumer onStep;
    private final CompletableFuture<Generation> done = new CompletableFuture<>();
    private volatile boolean cancelled;
    private volatile Runnable onCancel = () -> {};
    private volatile int stepsDone;

    Generation(
            DevelopRequest request,
            Share share,
            Conditioning conditioning,
            Scheduler scheduler,
            List<LatentImage> images,
            IntConsumer onStep) {
        this.request = request;
        this.share = share;
        this.conditioning = conditioning;
        this.scheduler = scheduler;
        this.onStep = onStep;
        this.images = images;
    }

    public DevelopRequest request() {
        return request;
    }

    /** Calls of the UNet that each picture takes. */
    public int steps() {
        return scheduler.steps();
    }

    /**
     * Completes on the loop's thread: with this generation after its last step, with a {@link CancellationException}
     * after a cancel, or with the failure of the UNet. Whoever continues from here does so on a thread of his own.
     */
    public CompletableFuture<Generation> done() {
        return done;
    }

    /** Leaves the batch: within the step if all who share it are cancelled, otherwise at the next one. */
    public void cancel() {
        cancelled = true;
        onCancel.run();
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** What {@link #cancel} does from now on, on its caller's thread, beside ending this job. */
    void onCancel(Runnable action) {
        onCancel = action;
    }

    /** How it shares the device with others. */
    public Share share() {
        return share;
    }

    Conditioning conditioning() {
        return conditioning;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    /** Rows of a call with all its pictures, guided where they are at some step. */
    int rows() {
        return images.size() * request.rowsOfAPicture();
    }

    /** Rows of a picture's next call: {@code [prompt]}, behind those that it is compared with where that step is guided. */
    int rows(LatentImage image) {
        boolean guided = request.guided() && request.guidanceInterval().contains(image.step(), scheduler.steps());
        return guided ? request.rowsOfAPicture() : 1;
    }

    /**
     * Whether a picture's next call leaves out the deep part of the UNet. Not where it has begun to be guided since the
     * features were kept: then there are none for the negative prompt.
     */
    boolean reuses(LatentImage image) {
        return image.step() % request.cacheInterval() != 0 && image.features().size() >= rows(image);
    }

    /** Whether the features of a picture's next call, a whole one, are of use to the one after it. */
    boolean keeps(LatentImage image) {
        int next = image.step() + 1;
        return next < scheduler.steps() && next % request.cacheInterval() != 0;
    }

    /**
     * Where others can go on, picture by picture: before the call whose features the next one would reuse, for those are
     * too large to be handed on.
     */
    List<LatentImage.Place> places() {
        return images.stream()
                .map(image -> reuses(image) ? image.beforeFeatures().orElseThrow() : image.here())
                .toList();
    }

    List<LatentImage> images() {
        return images;
    }

    List<LatentImage> unfinished() {
        return images.stream().filter(image -> image.step() < scheduler.steps()).toList();
    }

    /** Steps done so far, averaged over the job's pictures; any thread may ask. */
    public int stepsDone() {
        return stepsDone;
    }

    /** Steps done so far, added up over the pictures; not while the job is in the loop. */
    public int calls() {
        return images.stream().mapToInt(LatentImage::step).sum();
    }

    /** Goes on where others were, before the job is in the loop; a picture without a state begins. */
    void resume(List<Optional<PictureState>> pictures) {
        for (int k = 0; k < images.size(); k++) {
            pictures.get(k).ifPresent(images.get(k)::resume);
        }
        stepsDone = calls() / images.size();
    }

    /** Tells the listener how far the job is. */
    void reportStep() {
        stepsDone = calls() / images.size();
        onStep.accept(stepsDone);
    }

    /** True once nothing more is to be done; completes {@link #done} then. */
    boolean retire() {
        if (cancelled) {
            done.completeExceptionally(new CancellationException("The job was cancelled while it was denoised"));
        } else if (unfinished().isEmpty()) {
            done.complete(this);
        }
        return done.isDone();
    }

    /** Ends the job with a failure, but for one that was cancelled: whatever happens to that one, it ends as such. */
    void fail(Throwable cause) {
        if (!cancelled) {
            done.completeExceptionally(cause);
        }
    }

    /** Throws what the job failed with, as it was thrown, or that it was cancelled; returns where it goes on or is done. */
    void throwFailure() {
        try {
            done.getNow(this);
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }
}
