package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.checkpoint.ClipTextConfig;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.graph.ClipTextGraph;

/** CLIP's text encoder. */
final class OnnxTextEncoder implements TextEncoder {
    private final ClipTextConfig config;
    private final Network network;
    private final Call call = new Call();

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Input(int[][] tokens, int layer) {}

    private OnnxTextEncoder(ClipTextConfig config, Network network) {
        this.config = config;
        this.network = network;
    }

    static OnnxTextEncoder load(ClipTextConfig config, TensorSource tensors, RuntimeOptions options)
            throws ModelException {
        Network network = Network.load(
                ClipTextGraph.build(config, tensors),
                options,
                ClipTextGraph.CONTEXT,
                inputs -> new Shape(inputs.head().getShape().get(0), config.tokens(), config.width()));
        return new OnnxTextEncoder(config, network);
    }

    @Override
    public TextEncoding encode(int[][] tokens, int clipSkip) {
        if (clipSkip < 0 || clipSkip > config.layers()) {
            throw new IllegalArgumentException(
                    "A text encoder of " + config.layers() + " layers cannot skip " + clipSkip);
        }
        for (int[] row : tokens) {
            check(row);
        }
        return new TextEncoding(network.predict(call, new Input(tokens, config.layers() - clipSkip)));
    }

    private void check(int[] row) {
        if (row.length != config.tokens()) {
            throw new IllegalArgumentException(
                    "A row of tokens must have " + config.tokens() + " ids, not " + row.length);
        }
        for (int id : row) {
            if (id < 0 || id >= config.vocabulary()) {
                throw new IllegalArgumentException(
                        "A token id must be 0 to " + (config.vocabulary() - 1) + ", not " + id);
            }
        }
    }

    @Override
    public void close() {
        network.close();
    }

    private static final class Call extends ToTensor<Input> {
        @Override
        NDList inputs(NDManager manager, Input input) {
            int[][] tokens = input.tokens();
            int length = tokens[0].length;
            long[] ids = new long[tokens.length * length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = tokens[i / length][i % length];
            }
            return new NDList(
                    array(manager, ClipTextGraph.TOKENS, ids, tokens.length, length),
                    array(manager, ClipTextGraph.LAYER, new long[] {input.layer()}, 1));
        }
    }
}
