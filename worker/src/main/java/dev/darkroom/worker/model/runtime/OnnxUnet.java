package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.UnetGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A UNet of Stable Diffusion. */
final class OnnxUnet implements Unet {
    private final UnetConfig config;
    private final Network network;
    private final UnetCall call;
    private final RowOrder order;
    private final OnnxDeepFeatures deepFeatures;
    private final Optional<AtFirstUse.Loading<Unet>> onCallersThread;

    private OnnxUnet(
            UnetConfig config,
            UnetCall call,
            Network network,
            RowOrder order,
            OnnxDeepFeatures deepFeatures,
            Optional<AtFirstUse.Loading<Unet>> onCallersThread) {
        this.onCallersThread = onCallersThread;
        this.config = config;
        this.call = call;
        this.network = network;
        this.order = order;
        this.deepFeatures = deepFeatures;
    }

    /**
     * Loads a UNet.
     *
     * @param shallow builds the graph that stands in for it where its deep features are known; at first use
     * @param onCallersThread loads the same network for calls on their caller's thread, if there is to be such a one
     */
    static OnnxUnet load(
            UnetConfig config,
            ModelGraph graph,
            AtFirstUse.Loading<ModelGraph> shallow,
            RowOrder order,
            RuntimeOptions options,
            Optional<AtFirstUse.Loading<Unet>> onCallersThread)
            throws ModelException {
        UnetCall call = new UnetCall(config);
        Network network = Network.load(graph, options, outputs(config));
        AtFirstUse<Network> other = new AtFirstUse<>(
                "shallow unet",
                () -> Network.load(shallow.load(), options, outputs(config).subList(0, 1)));
        OnnxDeepFeatures deepFeatures = new OnnxDeepFeatures(config, call, order, network, other);
        return new OnnxUnet(config, call, network, order, deepFeatures, onCallersThread);
    }

    private static List<NetworkOutput> outputs(UnetConfig config) {
        return List.of(
                new NetworkOutput(UnetGraph.PREDICTION, inputs -> like(inputs, config.outChannels())),
                new NetworkOutput(UnetGraph.FEATURES, inputs -> like(inputs, UnetGraph.featureChannels(config))));
    }

    private static Shape like(NDList inputs, int channels) {
        long[] shape = inputs.head().getShape().getShape();
        return new Shape(shape[0], channels, shape[2], shape[3]);
    }

    @Override
    public Tensor predict(UnetRows rows, Interruption interruption) {
        check(config, rows);
        return order.run(rows.count(), part -> network.predict(call, part.of(rows), interruption), Tensor::stack);
    }

    /** Whether rows are what a UNet takes. */
    static void check(UnetConfig config, UnetRows rows) {
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
        checkAdded(config, rows.added());
        if (rows.guidance().isPresent() != config.guidanceWidth().isPresent()) {
            throw new IllegalArgumentException("This UNet "
                    + (rows.guidance().isPresent() ? "takes no guidance" : "needs a guidance for each row"));
        }
    }

    private static void checkAdded(UnetConfig config, Optional<AddedConditions> given) {
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
        return order.rowsAreIndependent();
    }

    @Override
    public Optional<DeepFeatures> deepFeatures() {
        return Optional.of(deepFeatures);
    }

    @Override
    public Optional<Unet> onCallersThread() throws ModelException {
        return onCallersThread.isPresent() ? Optional.of(onCallersThread.get().load()) : Optional.empty();
    }

    @Override
    public void close() {
        try {
            deepFeatures.close();
        } finally {
            network.close();
        }
    }
}
