package dev.darkroom.worker.develop;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.image.Mask;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import java.util.Arrays;
import java.util.Map;

/**
 * One picture that nobody asked for, in one step: every network of a model has run then, with its weights read and its
 * memory taken, and has given numbers. Stateless.
 */
public final class WarmUp {
    private static final int SMALLEST_LATENT = 8; // three halvings leave one
    private static final double ANY_GUIDANCE = 5;
    private static final double NO_GUIDANCE = 1;

    private WarmUp() {}

    /** The side of the smallest picture that any network here takes, in pixels; never above the model's native one. */
    public static int smallestSide(ModelDescription model) {
        return Math.min(SMALLEST_LATENT * model.latentScale(), model.nativeSize());
    }

    /**
     * Runs the text encoders on two texts, the UNet on a guided picture's rows and the decoder, on this thread; where the UNet
     * wants a picture to start from, also the encoder, on a grey one.
     *
     * @param side of the picture, in pixels
     * @throws dev.darkroom.worker.model.InferenceException when a network fails
     * @throws NonFiniteException when one gives numbers that are not finite
     * @throws OutOfMemoryError when memory runs out; whatever else a step fails with is thrown unchanged too
     */
    public static void run(LoadedModel model, int side) {
        DevelopRequest request = request(model, side, ANY_GUIDANCE, 1).with(beginning(model.description(), side));
        Generation generation = Preparation.prepare(request, step -> {});
        Batch batch = new Batch(request.rowsOfAPicture());
        batch.add(generation, generation.images().get(0));
        batch.step(batch.predict());
        generation.throwFailure();
        Finishing.develop(generation, 0);
    }

    private static Beginning beginning(ModelDescription model, int side) {
        int more = model.unetChannels() - model.latentChannels();
        if (more == 0) {
            return new Beginning.Blank();
        }
        byte[] grey = new byte[3 * side * side];
        Arrays.fill(grey, (byte) 128);
        Picture picture = new Picture(side, side, grey);
        return more == model.latentChannels()
                ? new Beginning.Edited(picture, ANY_GUIDANCE)
                : new Beginning.PartlyAnew(picture, new Mask(side, side, new boolean[side * side]), 1);
    }

    /** Pictures that take a row each. What a UNet takes beside noise and text is zero: it changes no time. */
    static DevelopRequest unguided(LoadedModel model, int side, int pictures) {
        return request(model, side, NO_GUIDANCE, pictures);
    }

    /** DDIM over the noise process that is diffusers' default: how the numbers come out does not matter. */
    private static DevelopRequest request(LoadedModel model, int side, double guidance, int pictures) {
        return new DevelopRequest(
                model,
                "a photograph",
                "blurry",
                PromptSyntax.PLAIN,
                side,
                side,
                1,
                guidance,
                "ddim",
                Map.of(),
                0,
                Noise.TORCH_CPU,
                pictures,
                0,
                0,
                0);
    }
}
