package dev.darkroom.worker.develop;

import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.UndevelopedPictureException;
import dev.darkroom.worker.model.Tensor;

/** From final latents to a picture, one at a time: a decoder's intermediate results are large. Stateless. */
public final class Finishing {
    private Finishing() {}

    /**
     * Decodes picture {@code k} of a finished generation. Runs the VAE on the caller's thread.
     *
     * @throws dev.darkroom.worker.model.InferenceException when the VAE fails
     * @throws NonFiniteException when its picture is not made of numbers
     */
    public static DevelopedImage develop(Generation generation, int k) {
        DevelopRequest request = generation.request();
        int channels = request.model().description().latentChannels();
        LatentImage image = generation.images().get(k);
        Tensor latents = new Tensor(image.latents(), 1, channels, request.latentHeight(), request.latentWidth());
        float[] pixels = request.model().vaeDecoder().decode(latents).data(); // (1, 3, h, w)
        return new DevelopedImage(picture(request, pixels), image.seed(), latents);
    }

    private static Picture picture(DevelopRequest request, float[] pixels) {
        try {
            return Picture.fromVae(pixels, request.width(), request.height());
        } catch (UndevelopedPictureException e) {
            throw new NonFiniteException(request.model().description(), String.valueOf(e.getMessage()), e);
        }
    }
}
