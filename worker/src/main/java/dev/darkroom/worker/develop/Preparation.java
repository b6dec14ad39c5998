package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.Scheduler;
import java.util.function.IntConsumer;

/** From a request to a generation that can join the batch: texts to embeddings, seeds and pictures to latents. Stateless. */
public final class Preparation {
    private Preparation() {}

    /** Prepares a job that shares the device with its like. See {@link #prepare(DevelopRequest, Share, IntConsumer)}. */
    public static Generation prepare(DevelopRequest request, IntConsumer onStep) {
        return prepare(request, Share.EQUAL, onStep);
    }

    /**
     * Prepares a job. Runs the text encoder, and for a given picture the VAE's, on the caller's thread.
     *
     * @param share how it shares the device with others
     * @param onStep told after each step how many are done; on the loop's thread, so it must return at once
     * @throws dev.darkroom.worker.diffusion.schedule.UnsupportedSchedulerException when the model cannot be sampled so
     * @throws dev.darkroom.worker.model.InferenceException when an encoder fails
     * @throws NonFiniteException when what one gives is not finite: a UNet that multiplies bytes would not show it
     */
    public static Generation prepare(DevelopRequest request, Share share, IntConsumer onStep) {
        Scheduler scheduler = request.newScheduler();
        Conditioning conditioning = PromptEncoding.of(request);
        if (!conditioning.isFinite()) {
            throw new NonFiniteException(request.model().description(), "the encoded texts");
        }
        return new Generation(request, share, conditioning, scheduler, FirstLatents.of(request, scheduler), onStep);
    }
}
