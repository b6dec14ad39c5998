package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.checkpoint.UnetConfig;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many floating point operations one row of a UNet takes: two for each multiplication of its convolutions, linear
 * layers and attentions. Norms and activations are not counted.
 */
public final class UnetCost {
    private final UnetConfig config;
    private final long tokens;
    private final Deque<Skip> skips = new ArrayDeque<>();
    private long height;
    private long width;
    private double operations;

    /** An output of the way down that the way up takes in. */
    private record Skip(int channels, long height, long width) {}

    private UnetCost(UnetConfig config, int height, int width, int tokens) {
        this.config = config;
        this.height = height;
        this.width = width;
        this.tokens = tokens;
    }

    /**
     * Operations of one row.
     *
     * @param height of the latents
     * @param width of the latents
     * @param tokens of the text
     */
    public static double operations(UnetConfig config, int height, int width, int tokens) {
        UnetCost cost = new UnetCost(config, height, width, tokens);
        cost.wayDown();
        cost.middle();
        cost.wayUp();
        return cost.operations;
    }

    private void wayDown() {
        int in = config.firstChannels();
        convolution(config.inChannels(), in, config.convInKernel());
        skips.push(new Skip(in, height, width));
        for (int i = 0; i < config.down().size(); i++) {
            UnetConfig.Block block = config.down().get(i);
            for (int layer = 0; layer < block.resnets(); layer++) {
                residual(layer == 0 ? in : block.channels(), block.channels());
                transformer(block.channels(), block.transformerLayers());
                skips.push(new Skip(block.channels(), height, width));
            }
            if (i < config.down().size() - 1) {
                height = (height + 1) / 2;
                width = (width + 1) / 2;
                convolution(block.channels(), block.channels(), 3);
                skips.push(new Skip(block.channels(), height, width));
            }
            in = block.channels();
        }
    }

    private void middle() {
        for (UnetConfig.Middle middle : config.middle()) {
            residual(middle.channels(), middle.channels());
            transformer(middle.channels(), middle.transformerLayers());
            residual(middle.channels(), middle.channels());
        }
    }

    private void wayUp() {
        int in = config.down().get(config.down().size() - 1).channels();
        for (int i = 0; i < config.up().size(); i++) {
            UnetConfig.Block block = config.up().get(i);
            for (int layer = 0; layer < block.resnets(); layer++) {
                residual((layer == 0 ? in : block.channels()) + skips.pop().channels(), block.channels());
                transformer(block.channels(), block.transformerLayers());
            }
            if (i < config.up().size() - 1) {
                height = skips.element().height();
                width = skips.element().width();
                convolution(block.channels(), block.channels(), 3);
            }
            in = block.channels();
        }
        convolution(in, config.outChannels(), config.convOutKernel());
    }

    private void residual(int in, int out) {
        convolution(in, out, 3);
        convolution(out, out, 3);
        linear(1, config.time().width(), out);
        if (in != out) {
            convolution(in, out, 1);
        }
    }

    private void transformer(int channels, int layers) {
        if (layers == 0) {
            return;
        }
        long pixels = height * width;
        linear(pixels, channels, channels);
        linear(pixels, channels, channels);
        for (int layer = 0; layer < layers; layer++) {
            linear(6 * pixels, channels, channels); // query, key, value, output; query and output of the text's
            linear(2 * tokens, config.crossAttentionWidth(), channels);
            attention(pixels, pixels, channels);
            attention(pixels, tokens, channels);
            linear(pixels, channels, 8 * channels);
            linear(pixels, 4 * channels, channels);
        }
    }

    private void convolution(int in, int out, int kernel) {
        linear(height * width * kernel * kernel, in, out);
    }

    private void attention(long queries, long keys, int channels) {
        operations += 4.0 * queries * keys * channels;
    }

    private void linear(long rows, int in, int out) {
        operations += 2.0 * rows * in * out;
    }
}
