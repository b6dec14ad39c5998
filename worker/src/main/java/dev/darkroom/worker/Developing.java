package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.LoraRef;
import dev.darkroom.event.ModelRef;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.DevelopRequest;
import dev.darkroom.worker.develop.DevelopedImage;
import dev.darkroom.worker.develop.Finishing;
import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.develop.NonFiniteException;
import dev.darkroom.worker.develop.Preparation;
import dev.darkroom.worker.develop.Share;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.InsufficientMemoryException;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.ops.RecentPictures;
import dev.darkroom.worker.ops.WorkerStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;

/** The stage between a resolved job and its encoded pictures. Safe for use by several threads. */
final class Developing {
    private final DenoisingLoop loop;
    private final Optional<ResumePoints> points;
    private final Prefetch prefetch;
    private final RecentPictures recent;
    private final Map<Generation, String> ids = new ConcurrentHashMap<>(); // of the jobs in the loop
    /** One picture at a time: what a VAE needs between its layers is large, and a worker has several jobs. */
    private final Semaphore vae = new Semaphore(1, true);

    /**
     * Develops on one device.
     *
     * @param points what stopped jobs leave to the next worker; empty where each begins anew
     * @param prefetch is told which jobs are in the loop
     */
    Developing(DenoisingLoop loop, Optional<ResumePoints> points, Prefetch prefetch) {
        this(loop, points, prefetch, RecentPictures.NONE);
    }

    /**
     * Develops on one device.
     *
     * @param points what stopped jobs leave to the next worker; empty where each begins anew
     * @param prefetch is told which jobs are in the loop
     * @param recent gets every picture
     */
    Developing(DenoisingLoop loop, Optional<ResumePoints> points, Prefetch prefetch, RecentPictures recent) {
        this.loop = loop;
        this.points = points;
        this.prefetch = prefetch;
        this.recent = recent;
    }

    /** Whose rows the call of the UNet has. */
    List<WorkerStatus.Seat> call() {
        return loop.seats().stream()
                .flatMap(seat -> Optional.ofNullable(ids.get(seat.generation())).stream()
                        .map(id -> new WorkerStatus.Seat(id, seat.rows())))
                .toList();
    }

    Optional<ResumePoints> points() {
        return points;
    }

    /**
     * From the request to encoded pictures.
     *
     * @param share how the job shares the device with others
     * @param left time until the deadline
     * @param onStep told after each step how many are done; must return at once
     * @param stop raised when the work is to end at the next step
     * @param handover where the work begins, and what it leaves when it is stopped
     */
    Developed develop(
            ResolvedJob resolved,
            Share share,
            Duration left,
            IntConsumer onStep,
            JobTimer timer,
            StopSignal stop,
            Handover handover)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        try {
            timer.enter(JobTimer.Phase.PREPARE);
            Generation generation = prepared(resolved.request(), share, onStep);
            handover.takeOver(resolved, generation);
            timer.enter(JobTimer.Phase.DENOISE);
            stop.whenRaised(generation::cancel);
            List<EncodedImage> images = pictures(resolved, generation, left, timer, stop, handover);
            return new Developed(resolved, images, ref(resolved.request().model()));
        } catch (NonFiniteException e) {
            throw new NonFiniteJobException(e.precision(), e);
        } catch (InsufficientMemoryException | OutOfMemoryError e) {
            throw new JobFailedException(FailureCode.OUT_OF_MEMORY, "The picture does not fit the memory", e);
        } catch (InferenceException e) {
            throw new JobFailedException(FailureCode.INFERENCE_FAILED, e);
        }
    }

    private Generation prepared(DevelopRequest request, Share share, IntConsumer onStep) throws InterruptedException {
        if (request.beginning().given().isEmpty()) {
            return Preparation.prepare(request, share, onStep);
        }
        vae.acquire();
        try {
            return Preparation.prepare(request, share, onStep);
        } finally {
            vae.release();
        }
    }

    private static ModelRef ref(LoadedModel model) {
        return new ModelRef(
                model.description().id(),
                model.sha256(),
                model.loras().stream()
                        .map(lora -> new LoraRef(lora.id(), lora.scale(), lora.sha256()))
                        .toList());
    }

    private void denoise(Generation generation) {
        String lane = generation.share().lane();
        prefetch.entered(lane);
        var unused = generation.done().whenComplete((done, failure) -> prefetch.left(lane));
        loop.submit(generation);
    }

    private List<EncodedImage> pictures(
            ResolvedJob resolved,
            Generation generation,
            Duration left,
            JobTimer timer,
            StopSignal stop,
            Handover handover)
            throws ExpiredException, StoppedException, InterruptedException {
        try {
            ids.put(generation, resolved.job().id());
            try {
                denoise(generation);
                await(generation, left);
            } finally {
                ids.remove(generation);
            }
            return finish(resolved, generation, timer, stop);
        } catch (StoppedException e) {
            handover.leave(generation);
            throw e;
        }
    }

    private static void await(Generation generation, Duration left)
            throws ExpiredException, StoppedException, InterruptedException {
        try {
            generation.done().get(left.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            generation.cancel();
            throw new ExpiredException(generation.stepsDone());
        } catch (InterruptedException e) {
            generation.cancel();
            throw e;
        } catch (CancellationException e) {
            throw new StoppedException(generation.stepsDone());
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof InferenceException failure) {
                throw failure;
            }
            if (cause instanceof NonFiniteException failure) {
                throw failure;
            }
            if (cause instanceof OutOfMemoryError failure) {
                throw failure;
            }
            throw new IllegalStateException("The denoising loop failed", cause);
        }
    }

    private List<EncodedImage> finish(ResolvedJob resolved, Generation generation, JobTimer timer, StopSignal stop)
            throws StoppedException, InterruptedException {
        List<EncodedImage> images = new ArrayList<>();
        for (int k = 0; k < resolved.job().numImages(); k++) {
            timer.enter(JobTimer.Phase.DECODE);
            DevelopedImage image = decoded(generation, k, stop);
            timer.enter(JobTimer.Phase.ENCODE);
            images.add(EncodedImage.of(resolved, image, k));
            recent.add(resolved.job().id(), image.picture());
        }
        return images;
    }

    private DevelopedImage decoded(Generation generation, int k, StopSignal stop)
            throws StoppedException, InterruptedException {
        vae.acquire();
        try {
            if (stop.isRaised()) { // only now: others may have decoded for a while
                throw new StoppedException(generation.stepsDone());
            }
            return Finishing.develop(generation, k);
        } finally {
            vae.release();
        }
    }
}
