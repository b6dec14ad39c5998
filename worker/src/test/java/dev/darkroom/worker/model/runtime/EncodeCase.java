package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.Tensor;
import java.io.IOException;
import java.util.Map;

/** Draws latents as the reference drew them in its golden cases. */
final class EncodeCase {
    private static final Map<String, Long> SEEDS =
            Map.of("encode_1x64x64", 5L, "encode_1x128x64", 6L, "encode_1x72x104", 7L);

    private EncodeCase() {}

    /** One draw, scaled as the denoising loop takes it. */
    static Tensor sampled(LatentDistribution latents, String model, String name) throws IOException {
        double factor = FormulaCheckpoint.json(model + "/vae.json")
                .get("scaling_factor")
                .asDouble();
        float[] mean = latents.mean().data();
        float[] noise = new TorchCpuNoise(SEEDS.get(name)).randn(mean.length);
        float[] drawn = new float[mean.length];
        for (int i = 0; i < drawn.length; i++) {
            double deviation = Math.exp(latents.logVariance().data()[i] / 2);
            drawn[i] = (float) (factor * (mean[i] + deviation * noise[i]));
        }
        return new Tensor(drawn, latents.mean().shape());
    }
}
