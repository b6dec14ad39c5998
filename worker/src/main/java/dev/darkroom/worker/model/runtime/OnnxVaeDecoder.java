package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import java.util.Arrays;

/** The decoder of a variational autoencoder. */
final class OnnxVaeDecoder implements VaeDecoder {
    private final VaeConfig config;
    private final Network network;
    private final Call call = new Call();

    private OnnxVaeDecoder(VaeConfig config, Network network) {
        this.config = config;
        this.network = network;
    }

    static OnnxVaeDecoder load(VaeConfig config, ModelGraph graph, RuntimeOptions options) throws ModelException {
        Network network = Network.load(graph, options, VaeDecoderGraph.PICTURE, inputs -> {
            long[] shape = inputs.head().getShape().getShape();
            return new Shape(shape[0], config.outChannels(), config.scale() * shape[2], config.scale() * shape[3]);
        });
        return new OnnxVaeDecoder(config, network);
    }

    @Override
    public Tensor decode(Tensor latents) {
        int[] shape = latents.shape();
        if (shape.length != 4 || shape[1] != config.latentChannels()) {
            throw new IllegalArgumentException(
                    "Latents must be (batch, " + config.latentChannels() + ", h, w), not " + Arrays.toString(shape));
        }
        return network.predict(call, latents);
    }

    @Override
    public void close() {
        network.close();
    }

    private static final class Call extends ToTensor<Tensor> {
        @Override
        NDList inputs(NDManager manager, Tensor latents) {
            return new NDList(array(manager, VaeDecoderGraph.LATENTS, latents));
        }
    }
}
