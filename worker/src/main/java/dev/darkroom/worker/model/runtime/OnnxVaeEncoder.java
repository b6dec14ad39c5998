package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.VaeEncoder;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.VaeEncoderGraph;
import java.util.Arrays;

/** The encoder of a variational autoencoder. */
final class OnnxVaeEncoder implements VaeEncoder {
    private final VaeConfig config;
    private final Network network;
    private final Call call = new Call();

    private OnnxVaeEncoder(VaeConfig config, Network network) {
        this.config = config;
        this.network = network;
    }

    static OnnxVaeEncoder load(VaeConfig config, ModelGraph graph, RuntimeOptions options) throws ModelException {
        int moments = 2 * config.latentChannels();
        Network network = Network.load(graph, options, VaeEncoderGraph.MOMENTS, inputs -> {
            long[] shape = inputs.head().getShape().getShape();
            return new Shape(shape[0], moments, shape[2] / config.scale(), shape[3] / config.scale());
        });
        return new OnnxVaeEncoder(config, network);
    }

    @Override
    public LatentDistribution encode(Tensor pictures) {
        int[] shape = pictures.shape();
        int scale = config.scale();
        if (shape.length != 4
                || shape[1] != config.inChannels()
                || shape[2] == 0
                || shape[3] == 0
                || shape[2] % scale != 0
                || shape[3] % scale != 0) {
            throw new IllegalArgumentException("Pictures must be (batch, " + config.inChannels()
                    + ", h, w) with h and w multiples of " + scale + ", not " + Arrays.toString(shape));
        }
        return split(network.predict(call, pictures), config);
    }

    /** Of each picture: the means, then the logarithms of the variances. */
    private static LatentDistribution split(Tensor moments, VaeConfig config) {
        int[] shape = moments.shape().clone();
        shape[1] /= 2;
        int half = moments.rowSize() / 2;
        float[] mean = new float[shape[0] * half];
        float[] logVariance = new float[shape[0] * half];
        for (int row = 0; row < shape[0]; row++) {
            System.arraycopy(moments.data(), 2 * row * half, mean, row * half, half);
            System.arraycopy(moments.data(), (2 * row + 1) * half, logVariance, row * half, half);
        }
        for (int i = 0; i < logVariance.length; i++) {
            logVariance[i] = Math.max(LatentDistribution.LEAST, Math.min(LatentDistribution.MOST, logVariance[i]));
        }
        return new LatentDistribution(
                new Tensor(mean, shape), new Tensor(logVariance, shape), config.scalingFactor(), config.shiftFactor());
    }

    @Override
    public void close() {
        network.close();
    }

    private static final class Call extends ToTensor<Tensor> {
        @Override
        NDList inputs(NDManager manager, Tensor pictures) {
            return new NDList(array(manager, VaeEncoderGraph.PICTURE, pictures));
        }
    }
}
