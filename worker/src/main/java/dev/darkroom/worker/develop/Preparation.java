package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Tensor;
import java.util.Optional;
import java.util.function.IntConsumer;

/** From a request to a generation that can join the batch: texts to embeddings, seeds to noise. Stateless. */
public final class Preparation {
    private Preparation() {}

    /**
     * Prepares a job. Runs the text encoder on the caller's thread.
     *
     * @param onStep told after each step how many are done; on the loop's thread, so it must return at once
     * @throws dev.darkroom.worker.diffusion.schedule.UnsupportedSchedulerException when the model cannot be sampled so
     * @throws dev.darkroom.worker.model.InferenceException when the text encoder fails
     */
    public static Generation prepare(DevelopRequest request, IntConsumer onStep) {
        Scheduler scheduler = Schedulers.create(
                request.scheduler(), request.schedulerConfig(), request.numInferenceSteps(), request.eta());
        return new Generation(request, encode(request), scheduler, onStep);
    }

    /** One call for both texts where they go through the same layers. */
    private static Conditioning encode(DevelopRequest request) {
        LoadedModel model = request.model();
        int[] prompt = model.tokenizer().padded(request.prompt());
        if (!request.guided()) {
            Tensor context = encode(model, request.clipSkip(), prompt);
            return new Conditioning(context.row(0), Optional.empty(), context.shape()[1]);
        }
        int[] negative = model.tokenizer().padded(request.negativePrompt());
        if (request.clipSkip() == 0) {
            Tensor both = encode(model, 0, negative, prompt);
            return new Conditioning(both.row(1), Optional.of(both.row(0)), both.shape()[1]);
        }
        Tensor skipped = encode(model, request.clipSkip(), prompt);
        return new Conditioning(
                skipped.row(0), Optional.of(encode(model, 0, negative).row(0)), skipped.shape()[1]);
    }

    private static Tensor encode(LoadedModel model, int clipSkip, int[]... tokens) {
        return model.textEncoder().encode(tokens, clipSkip).context();
    }
}
