package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.checkpoint.ClipTextConfig;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.ModelGraph;
import java.util.Optional;

/** CLIP's text encoder. */
final class OnnxTextEncoder implements TextEncoder {
    private final ClipTextConfig config;
    private final Network network;
    private final ClipTextGraph.Output output;
    private final Call call;
    private final int tokens;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Input(int[][] tokens, int layer) {}

    private OnnxTextEncoder(ClipTextConfig config, ClipTextGraph.Output output, Network network, int added) {
        this.output = output;
        this.tokens = config.vocabulary() + added;
        this.call = new Call(output, config.vocabulary());
        this.config = config;
        this.network = network;
    }

    /** @param added how many tokens the graph has beside those of the vocabulary */
    static OnnxTextEncoder load(
            ClipTextConfig config, ClipTextGraph.Output output, ModelGraph graph, RuntimeOptions options, int added)
            throws ModelException {
        int rows = config.tokens() + (output == ClipTextGraph.Output.PLAIN_AND_POOLED ? 1 : 0);
        Network network = Network.load(
                graph,
                options,
                ClipTextGraph.CONTEXT,
                inputs -> new Shape(inputs.head().getShape().get(0), rows, config.width()));
        return new OnnxTextEncoder(config, output, network, added);
    }

    /** How many of a model's layers can be skipped: where the last but one is the usual state, one less than there are. */
    static int skippable(ClipTextConfig config, ClipTextGraph.Output output) {
        return config.layers() - (output == ClipTextGraph.Output.NORMED ? 0 : 1);
    }

    @Override
    public TextEncoding encode(int[][] tokens, int clipSkip) {
        int most = skippable(config, output);
        if (clipSkip < 0 || clipSkip > most) {
            throw new IllegalArgumentException(
                    "A text encoder of " + config.layers() + " layers cannot skip " + clipSkip);
        }
        for (int[] row : tokens) {
            check(row);
        }
        Tensor states = network.predict(call, new Input(tokens, most - clipSkip));
        return output == ClipTextGraph.Output.PLAIN_AND_POOLED ? split(states) : new TextEncoding(states);
    }

    /** The last row of each text is its pooled form. */
    private TextEncoding split(Tensor states) {
        int batch = states.shape()[0];
        int width = config.width();
        int size = config.tokens() * width;
        float[] context = new float[batch * size];
        float[] pooled = new float[batch * width];
        for (int row = 0; row < batch; row++) {
            System.arraycopy(states.data(), row * (size + width), context, row * size, size);
            System.arraycopy(states.data(), row * (size + width) + size, pooled, row * width, width);
        }
        return new TextEncoding(
                new Tensor(context, batch, config.tokens(), width), Optional.of(new Tensor(pooled, batch, width)));
    }

    private void check(int[] row) {
        if (row.length != config.tokens()) {
            throw new IllegalArgumentException(
                    "A row of tokens must have " + config.tokens() + " ids, not " + row.length);
        }
        for (int id : row) {
            if (id < 0 || id >= tokens) {
                throw new IllegalArgumentException("A token id must be 0 to " + (tokens - 1) + ", not " + id);
            }
        }
    }

    @Override
    public void close() {
        network.close();
    }

    private static final class Call extends ToTensor<Input> {
        private final ClipTextGraph.Output output;
        private final int vocabulary;

        Call(ClipTextGraph.Output output, int vocabulary) {
            this.output = output;
            this.vocabulary = vocabulary;
        }

        @Override
        NDList inputs(NDManager manager, Input input) {
            int[][] tokens = input.tokens();
            int length = tokens[0].length;
            long[] ids = new long[tokens.length * length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = tokens[i / length][i % length];
            }
            NDList inputs = new NDList(
                    array(manager, ClipTextGraph.TOKENS, ids, tokens.length, length),
                    array(manager, ClipTextGraph.LAYER, new long[] {input.layer()}, 1));
            if (output == ClipTextGraph.Output.PLAIN_AND_POOLED) {
                inputs.add(array(manager, ClipTextGraph.ENDS, ends(tokens), tokens.length));
            }
            return inputs;
        }

        /** CLIP's end mark has the highest id but for tokens that were added; the first one counts. */
        private long[] ends(int[][] tokens) {
            long[] ends = new long[tokens.length];
            for (int row = 0; row < tokens.length; row++) {
                int end = 0;
                for (int i = 1; i < tokens[row].length; i++) {
                    boolean higher = tokens[row][i] > tokens[row][end];
                    end = higher && tokens[row][i] < vocabulary ? i : end;
                }
                ends[row] = (long) row * tokens[row].length + end;
            }
            return ends;
        }
    }
}
