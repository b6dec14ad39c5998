package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.Sinusoid;
import dev.darkroom.worker.model.graph.UnetGraph;
import java.util.Arrays;
import java.util.Optional;

/** A UNet of Stable Diffusion. */
final class OnnxUnet implements Unet {
    private final UnetConfig config;
    private final Network network;
    private final Call call;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Input(Tensor latents, float[] timesteps, Tensor context, Optional<AddedConditions> added) {}

    private OnnxUnet(UnetConfig config, Call call, Network network) {
        this.config = config;
        this.call = call;
        this.network = network;
    }

    static OnnxUnet load(UnetConfig config, ModelGraph graph, RuntimeOptions options) throws ModelException {
        Call call = new Call(new Sinusoid(config.time()), config.added().map(added -> new Sinusoid(added.sinusoid())));
        Network network = Network.load(graph, options, UnetGraph.PREDICTION, inputs -> {
            long[] shape = inputs.head().getShape().getShape();
            return new Shape(shape[0], config.outChannels(), shape[2], shape[3]);
        });
        return new OnnxUnet(config, call, network);
    }

    @Override
    public Tensor predict(Tensor latents, float[] timesteps, Tensor context) {
        if (config.added().isPresent()) {
            throw new IllegalArgumentException("This UNet needs added conditions");
        }
        return predict(latents, timesteps, context, Optional.empty());
    }

    @Override
    public Tensor predict(Tensor latents, float[] timesteps, Tensor context, AddedConditions added) {
        int width = config.added()
                .orElseThrow(() -> new IllegalArgumentException("This UNet takes no added conditions"))
                .pooledWidth();
        int rows = timesteps.length;
        if (!Arrays.equals(added.pooledText().shape(), new int[] {rows, width})
                || !Arrays.equals(added.timeIds().shape(), new int[] {rows, UnetConfig.AddedEmbedding.TIME_IDS})) {
            throw new IllegalArgumentException("For " + rows + " timesteps the added conditions must be (" + rows + ", "
                    + width + ") and (" + rows + ", " + UnetConfig.AddedEmbedding.TIME_IDS + "), not "
                    + Arrays.toString(added.pooledText().shape()) + " and "
                    + Arrays.toString(added.timeIds().shape()));
        }
        return predict(latents, timesteps, context, Optional.of(added));
    }

    private Tensor predict(Tensor latents, float[] timesteps, Tensor context, Optional<AddedConditions> added) {
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
        return network.predict(call, new Input(latents, timesteps, context, added));
    }

    @Override
    public void close() {
        network.close();
    }

    private static final class Call extends ToTensor<Input> {
        private final Sinusoid sinusoid;
        private final Optional<Sinusoid> added;

        Call(Sinusoid sinusoid, Optional<Sinusoid> added) {
            this.sinusoid = sinusoid;
            this.added = added;
        }

        @Override
        NDList inputs(NDManager manager, Input input) {
            float[] times = input.timesteps();
            NDList inputs = new NDList(
                    array(manager, UnetGraph.SAMPLE, input.latents()),
                    array(manager, UnetGraph.TIME, sinusoid.of(times), times.length, sinusoid.width()),
                    array(manager, UnetGraph.CONTEXT, input.context()));
            input.added().ifPresent(conditions -> inputs.add(embeds(manager, conditions)));
            return inputs;
        }

        /** Each row: the pooled text, then the sinusoids. */
        private NDArray embeds(NDManager manager, AddedConditions conditions) {
            int rows = conditions.pooledText().shape()[0];
            int pooled = conditions.pooledText().rowSize();
            float[] sines = added.orElseThrow().of(conditions.timeIds().data());
            int numbers = sines.length / rows;
            float[] embeds = new float[rows * (pooled + numbers)];
            for (int row = 0; row < rows; row++) {
                int at = row * (pooled + numbers);
                System.arraycopy(conditions.pooledText().data(), row * pooled, embeds, at, pooled);
                System.arraycopy(sines, row * numbers, embeds, at + pooled, numbers);
            }
            return array(manager, UnetGraph.ADDED, embeds, rows, pooled + numbers);
        }
    }
}
