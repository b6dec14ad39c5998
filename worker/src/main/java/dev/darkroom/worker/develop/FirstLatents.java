package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.image.Mask;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The pictures of a job before their first step. What is drawn, and in which order, is as in diffusers with a generator for
 * each picture: for inpainting the first one's draws the latents of the given picture, for all of them. One use.
 */
final class FirstLatents {
    private static final float GREY = 0; // of what an encoder takes

    private final DevelopRequest request;
    private final Scheduler scheduler;
    private final List<PictureNoise> noises;
    private final int size;

    private FirstLatents(DevelopRequest request, Scheduler scheduler) {
        this.request = request;
        this.scheduler = scheduler;
        this.size = request.latentValues();
        this.noises = IntStream.range(0, request.numImages())
                .mapToObj(k -> PictureNoise.of(request.noise(), (request.seed() + k) & Long.MAX_VALUE))
                .toList();
    }

    /**
     * The pictures. Runs the VAE's encoder on the caller's thread, where there is something to encode.
     *
     * @param scheduler begins where the pictures do
     * @throws InferenceException when the encoder cannot be loaded, or fails
     * @throws NonFiniteException when what it gives is not finite
     */
    static List<LatentImage> of(DevelopRequest request, Scheduler scheduler) {
        FirstLatents first = new FirstLatents(request, scheduler);
        Beginning beginning = request.beginning();
        if (beginning instanceof Beginning.Anew anew) {
            return first.anew(anew.picture());
        }
        if (beginning instanceof Beginning.PartlyAnew partly) {
            boolean channels = request.model().description().unetChannels() > first.channels();
            return channels ? first.filledIn(partly) : first.partlyAnew(partly);
        }
        if (beginning instanceof Beginning.Edited edited) {
            Companion picture = new Companion.Channels(
                    first.encode(edited.picture().forVae()).mode());
            return first.pureNoise(picture);
        }
        return first.pureNoise(new Companion.None());
    }

    private List<LatentImage> pureNoise(Companion companion) {
        return noises.stream()
                .map(noise -> new LatentImage(noise, pure(noise.randn(size)), companion))
                .toList();
    }

    private List<LatentImage> anew(Picture picture) {
        LatentDistribution encoded = encode(picture.forVae());
        List<LatentImage> images = new ArrayList<>();
        for (PictureNoise noise : noises) {
            float[] original = encoded.sample(noise.randn(size));
            float[] latents = scheduler.addNoise(0, original, noise.randn(size));
            images.add(new LatentImage(noise, latents, new Companion.None()));
        }
        return images;
    }

    /** With a UNet that knows of no masks. */
    private List<LatentImage> partlyAnew(Beginning.PartlyAnew beginning) {
        float[] mask = mask(beginning.mask());
        float[] original =
                encode(beginning.picture().forVae()).sample(noises.get(0).randn(size));
        List<float[]> drawn = noises.stream().map(noise -> noise.randn(size)).toList();
        noises.get(0).skip(size); // for the masked picture, which this UNet does not look at
        List<LatentImage> images = new ArrayList<>();
        for (int k = 0; k < noises.size(); k++) {
            float[] noise = drawn.get(k);
            float[] latents = beginning.strength() == 1 ? pure(noise.clone()) : scheduler.addNoise(0, original, noise);
            images.add(new LatentImage(noises.get(k), latents, new Companion.Original(mask, original, noise)));
        }
        return images;
    }

    /** With a UNet that is given the mask, and the picture without what is masked. */
    private List<LatentImage> filledIn(Beginning.PartlyAnew beginning) {
        List<float[]> latents;
        if (beginning.strength() == 1) {
            latents = noises.stream().map(noise -> pure(noise.randn(size))).toList();
        } else {
            float[] original =
                    encode(beginning.picture().forVae()).sample(noises.get(0).randn(size));
            latents = noises.stream()
                    .map(noise -> scheduler.addNoise(0, original, noise.randn(size)))
                    .toList();
        }
        float[] masked = encode(masked(beginning)).sample(noises.get(0).randn(size));
        float[] mask = mask(beginning.mask());
        float[] values = new float[mask.length + masked.length];
        System.arraycopy(mask, 0, values, 0, mask.length);
        System.arraycopy(masked, 0, values, mask.length, masked.length);
        Companion companion = new Companion.Channels(values);
        return IntStream.range(0, noises.size())
                .mapToObj(k -> new LatentImage(noises.get(k), latents.get(k), companion))
                .toList();
    }

    /** Scales unit noise as the scheduler asks, in place. */
    private float[] pure(float[] noise) {
        float sigma = scheduler.initNoiseSigma();
        for (int i = 0; i < noise.length; i++) {
            noise[i] *= sigma;
        }
        return noise;
    }

    /** 1 where a latent is made anew: what the mask says of its first pixel; {@code (h/8, w/8)}. */
    private float[] mask(Mask mask) {
        int scale = request.model().description().latentScale();
        int width = request.latentWidth();
        float[] values = new float[request.latentHeight() * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = mask.at(i / width * scale, i % width * scale) ? 1 : 0;
        }
        return values;
    }

    /** What an encoder takes of a picture that is grey where it is made anew. */
    private static float[] masked(Beginning.PartlyAnew beginning) {
        float[] pixels = beginning.picture().forVae();
        boolean[] anew = beginning.mask().anew();
        for (int i = 0; i < pixels.length; i++) {
            if (anew[i % anew.length]) {
                pixels[i] = GREY;
            }
        }
        return pixels;
    }

    private LatentDistribution encode(float[] pixels) {
        ModelDescription model = request.model().description();
        try {
            LatentDistribution encoded =
                    request.model().vaeEncoder().encode(new Tensor(pixels, 1, 3, request.height(), request.width()));
            if (!Batch.areFinite(encoded.mean().data())
                    || !Batch.areFinite(encoded.logVariance().data())) {
                throw new NonFiniteException(model, "the encoded picture");
            }
            return encoded;
        } catch (ModelException e) {
            throw new InferenceException("The VAE encoder of model " + model.id() + " cannot be loaded", e);
        }
    }

    private int channels() {
        return request.model().description().latentChannels();
    }
}
