package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.Sinusoid;
import dev.darkroom.worker.model.graph.UnetGraph;
import java.util.Arrays;

/** A UNet of Stable Diffusion. */
final class OnnxUnet implements Unet {
    private final UnetConfig config;
    private final Network network;
    private final Call call;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Input(Tensor latents, float[] timesteps, Tensor context) {}

    private OnnxUnet(UnetConfig config, Call call, Network network) {
        this.config = config;
        this.call = call;
        this.network = network;
    }

    static OnnxUnet load(UnetConfig config, ModelGraph graph, RuntimeOptions options) throws ModelException {
        Call call = new Call(new Sinusoid(config.time()));
        Network network = Network.load(graph, options, UnetGraph.PREDICTION, inputs -> {
            long[] shape = inputs.head().getShape().getShape();
            return new Shape(shape[0], config.outChannels(), shape[2], shape[3]);
        });
        return new OnnxUnet(config, call, network);
    }

    @Override
    public Tensor predict(Tensor latents, float[] timesteps, Tensor context) {
        int rows = timesteps.length;
        int[] sample = latents.shape();
        int[] text = context.shape();
        if (sample.length != 4 || sample[0] != rows || sample[1] != config.inChannels()) {
            throw new IllegalArgumentException("For " + rows + " timesteps the latents must be (" + rows + ", "
                    + config.inChannels() + ", h, w), not " + Arrays.toString(sample));
        }
        if (text.length != 3 || text[0] != rows || text[2] != config.crossAttentionWidth()) {
            throw new IllegalArgumentException("For " + rows + " timesteps the context must be (" + rows + ", tokens, "
                    + config.crossAttentionWidth() + "), not " + Arrays.toString(text));
        }
        return network.predict(call, new Input(latents, timesteps, context));
    }

    @Override
    public void close() {
        network.close();
    }

    private static final class Call extends ToTensor<Input> {
        private final Sinusoid sinusoid;

        Call(Sinusoid sinusoid) {
            this.sinusoid = sinusoid;
        }

        @Override
        NDList inputs(NDManager manager, Input input) {
            float[] times = input.timesteps();
            return new NDList(
                    array(manager, UnetGraph.SAMPLE, input.latents()),
                    array(manager, UnetGraph.TIME, sinusoid.of(times), times.length, sinusoid.width()),
                    array(manager, UnetGraph.CONTEXT, input.context()));
        }
    }
}
