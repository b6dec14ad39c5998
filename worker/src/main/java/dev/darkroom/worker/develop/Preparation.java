package dev.darkroom.worker.develop;

import dev.darkroom.worker.develop.Conditioning.Text;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.TextEncoding;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** From a request to a generation that can join the batch: texts to embeddings, seeds to noise. Stateless. */
public final class Preparation {
    private Preparation() {}

    /** Prepares a job that shares the device with its like. See {@link #prepare(DevelopRequest, Share, IntConsumer)}. */
    public static Generation prepare(DevelopRequest request, IntConsumer onStep) {
        return prepare(request, Share.EQUAL, onStep);
    }

    /**
     * Prepares a job. Runs the text encoder on the caller's thread.
     *
     * @param share how it shares the device with others
     * @param onStep told after each step how many are done; on the loop's thread, so it must return at once
     * @throws dev.darkroom.worker.diffusion.schedule.UnsupportedSchedulerException when the model cannot be sampled so
     * @throws dev.darkroom.worker.model.InferenceException when the text encoder fails
     */
    public static Generation prepare(DevelopRequest request, Share share, IntConsumer onStep) {
        Scheduler scheduler = Schedulers.create(
                request.scheduler(), request.schedulerConfig(), request.numInferenceSteps(), request.eta());
        return new Generation(request, share, encode(request), scheduler, onStep);
    }

    /** One call for both texts where they go through the same layers. */
    private static Conditioning encode(DevelopRequest request) {
        LoadedModel model = request.model();
        String negative = request.negativePrompt();
        boolean zeros = negative.isEmpty() && model.description().zerosForEmptyNegative();
        if (request.guided() && !zeros && request.clipSkip() == 0) {
            TextEncoding both = model.encode(List.of(negative, request.prompt()), 0);
            return conditioning(Text.of(both, 1), Optional.of(Text.of(both, 0)), both);
        }
        TextEncoding encoded = model.encode(List.of(request.prompt()), request.clipSkip());
        Text prompt = Text.of(encoded, 0);
        if (!request.guided()) {
            return conditioning(prompt, Optional.empty(), encoded);
        }
        Text other = zeros ? prompt.zeros() : Text.of(model.encode(List.of(negative), 0), 0);
        return conditioning(prompt, Optional.of(other), encoded);
    }

    private static Conditioning conditioning(Text prompt, Optional<Text> negative, TextEncoding encoded) {
        return new Conditioning(prompt, negative, encoded.context().shape()[1]);
    }
}
