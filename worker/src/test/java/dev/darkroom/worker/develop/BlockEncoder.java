package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.VaeEncoder;
import java.util.Arrays;

/** An encoder whose latents are the means of blocks of 8 by 8 pixels: red, green, blue, and all of them. */
final class BlockEncoder implements VaeEncoder {
    private static final int BLOCK = 8;

    @Override
    public LatentDistribution encode(Tensor pictures) {
        int height = pictures.shape()[2];
        int width = pictures.shape()[3];
        int[] shape = {1, 4, height / BLOCK, width / BLOCK};
        float[] mean = new float[4 * shape[2] * shape[3]];
        int plane = shape[2] * shape[3];
        for (int i = 0; i < 3 * height * width; i++) {
            int y = i / width % height / BLOCK;
            int x = i % width / BLOCK;
            float share = pictures.data()[i] / (BLOCK * BLOCK);
            mean[i / (height * width) * plane + y * shape[3] + x] += share;
            mean[3 * plane + y * shape[3] + x] += share / 3;
        }
        float[] logVariance = new float[mean.length];
        Arrays.fill(logVariance, -4);
        return new LatentDistribution(new Tensor(mean, shape), new Tensor(logVariance, shape), 0.5, 0);
    }

    @Override
    public void close() {}
}
