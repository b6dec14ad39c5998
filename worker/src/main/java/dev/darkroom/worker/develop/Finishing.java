package dev.darkroom.worker.develop;

import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.Tensor;

/** From final latents to an encoded picture, one at a time: a decoder's intermediate results are large. Stateless. */
public final class Finishing {
    private Finishing() {}

    /**
     * Decodes picture {@code k} of a finished generation. Runs the VAE on the caller's thread.
     *
     * @throws dev.darkroom.worker.model.InferenceException when the VAE fails
     */
    public static Picture decode(Generation generation, int k) {
        DevelopRequest request = generation.request();
        int channels = request.model().description().latentChannels();
        Tensor latents = new Tensor(
                generation.images().get(k).latents(), 1, channels, request.latentHeight(), request.latentWidth());
        return Picture.fromVae(
                request.model().vaeDecoder().decode(latents).data(), request.width(), request.height());
    }
}
