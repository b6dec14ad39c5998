package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import java.util.List;

/** Single layers in {@link GraphForm#CPU_INT8}, behind one input and before one output. */
public final class ByteLayersGraph {
    public static final String X = "x";
    public static final String Y = "y";

    private ByteLayersGraph() {}

    /** The linear layer {@code layer} over {@code (rows, in)}. */
    public static ModelGraph linear(TensorSource weights, int in, int out) throws ModelException {
        Layers layers = new Layers(weights, GraphForm.CPU_INT8);
        layers.output(Y, layers.linear(layers.input(X, "rows", in), "layer", in, out), "rows", out);
        return layers.model("linear");
    }

    /** The convolution {@code layer} over {@code (batch, in, height, width)}. */
    public static ModelGraph convolution(
            TensorSource weights, int in, int out, int side, int stride, int before, int after) throws ModelException {
        Layers layers = new Layers(weights, GraphForm.CPU_INT8);
        Value x = layers.input(X, "batch", in, "height", "width");
        Value y = layers.convolution(x, "layer", in, out, new Sliding(side, stride, before, after));
        layers.output(Y, y, "batch", out, "new_height", "new_width");
        return layers.model("convolution");
    }

    /** Names of the nodes that multiply floating point weights, and of those that multiply bytes. */
    public static List<String> products(ModelGraph graph) {
        return ParsedGraph.of(graph.model()).nodes().stream()
                .map(ParsedGraph.Node::type)
                .filter(List.of("Conv", "Gemm", "MatMulIntegerToFloat")::contains)
                .toList();
    }
}
