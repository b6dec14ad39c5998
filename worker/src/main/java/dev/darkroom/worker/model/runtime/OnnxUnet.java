package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.GuidanceEmbedding;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.Sinusoid;
import dev.darkroom.worker.model.graph.UnetGraph;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/** A UNet of Stable Diffusion. */
final class OnnxUnet implements Unet {
    private final UnetConfig config;
    private final Network network;
    private final Call call;
    private final RowOrder order;

    /** How the rows of a call are computed. */
    private enum RowOrder {
        /** In one run of the network, which gives each row what it has alone. */
        TOGETHER,
        /** In a run each, for one run would not. The runtime is as fast: a row has work enough for all threads. */
        ONE_BY_ONE,
        /** In one run, and a row's last bits depend on the others. */
        TOGETHER_AND_DEPENDENT;

        static RowOrder of(RuntimeOptions options) {
            return switch (options.device()) {
                case CPU -> options.memory() == RuntimeOptions.Memory.STEADY ? TOGETHER : ONE_BY_ONE;
                case CUDA -> TOGETHER_AND_DEPENDENT;
            };
        }
    }

    private OnnxUnet(UnetConfig config, Call call, Network network, RowOrder order) {
        this.config = config;
        this.call = call;
        this.network = network;
        this.order = order;
    }

    static OnnxUnet load(UnetConfig config, ModelGraph graph, RuntimeOptions options) throws ModelException {
        Network network = Network.load(graph, options, UnetGraph.PREDICTION, inputs -> {
            long[] shape = inputs.head().getShape().getShape();
            return new Shape(shape[0], config.outChannels(), shape[2], shape[3]);
        });
        return new OnnxUnet(config, new Call(config), network, RowOrder.of(options));
    }

    @Override
    public Tensor predict(UnetRows rows, Interruption interruption) {
        int[] sample = rows.latents().shape();
        if (sample[1] != config.inChannels()) {
            throw new IllegalArgumentException("This UNet takes latents of (rows, " + config.inChannels()
                    + ", h, w), not " + Arrays.toString(sample));
        }
        int[] text = rows.context().shape();
        if (text[2] != config.crossAttentionWidth()) {
            throw new IllegalArgumentException("This UNet takes a context of (rows, tokens, "
                    + config.crossAttentionWidth() + "), not " + Arrays.toString(text));
        }
        checkAdded(rows.added());
        if (rows.guidance().isPresent() != config.guidanceWidth().isPresent()) {
            throw new IllegalArgumentException("This UNet "
                    + (rows.guidance().isPresent() ? "takes no guidance" : "needs a guidance for each row"));
        }
        return order == RowOrder.ONE_BY_ONE ? oneByOne(rows, interruption) : network.predict(call, rows, interruption);
    }

    private Tensor oneByOne(UnetRows rows, Interruption interruption) {
        return Tensor.stack(IntStream.range(0, rows.count())
                .mapToObj(row -> network.predict(call, rows.rows(row, 1), interruption))
                .toList());
    }

    private void checkAdded(Optional<AddedConditions> given) {
        if (given.isPresent() != config.added().isPresent()) {
            throw new IllegalArgumentException(
                    "This UNet " + (given.isPresent() ? "takes no added conditions" : "needs added conditions"));
        }
        given.ifPresent(conditions -> {
            int width = config.added().orElseThrow().pooledWidth();
            if (conditions.pooledText().shape()[1] != width
                    || conditions.timeIds().shape()[1] != UnetConfig.AddedEmbedding.TIME_IDS) {
                throw new IllegalArgumentException("This UNet takes added conditions of (rows, " + width
                        + ") and (rows, " + UnetConfig.AddedEmbedding.TIME_IDS + "), not "
                        + Arrays.toString(conditions.pooledText().shape()) + " and "
                        + Arrays.toString(conditions.timeIds().shape()));
            }
        });
    }

    @Override
    public boolean rowsAreIndependent() {
        return order != RowOrder.TOGETHER_AND_DEPENDENT;
    }

    @Override
    public void close() {
        network.close();
    }

    private static final class Call extends ToTensor<UnetRows> {
        private final Sinusoid sinusoid;
        private final Optional<Sinusoid> added;
        private final Optional<GuidanceEmbedding> guidance;

        Call(UnetConfig config) {
            sinusoid = new Sinusoid(config.time());
            added = config.added().map(embedding -> new Sinusoid(embedding.sinusoid()));
            guidance = config.guidanceWidth().isPresent()
                    ? Optional.of(new GuidanceEmbedding(config.guidanceWidth().getAsInt()))
                    : Optional.empty();
        }

        @Override
        NDList inputs(NDManager manager, UnetRows rows) {
            float[] times = rows.timesteps();
            NDList inputs = new NDList(
                    array(manager, UnetGraph.SAMPLE, rows.latents()),
                    array(manager, UnetGraph.TIME, sinusoid.of(times), times.length, sinusoid.width()),
                    array(manager, UnetGraph.CONTEXT, rows.context()));
            rows.added().ifPresent(conditions -> inputs.add(embeds(manager, conditions)));
            rows.guidance().ifPresent(scales -> inputs.add(embeds(manager, scales)));
            return inputs;
        }

        private NDArray embeds(NDManager manager, float[] scales) {
            GuidanceEmbedding embedding = guidance.orElseThrow();
            return array(manager, UnetGraph.GUIDANCE, embedding.of(scales), scales.length, embedding.width());
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
