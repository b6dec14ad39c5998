package dev.darkroom.worker.model.graph;

import java.nio.file.Path;
import java.util.List;

/** One matrix product of bytes, of the kind that {@link GraphForm#CPU_INT8} is made of, to try a processor with. */
public final class ByteProductGraph {
    /** Rows and columns of both operands. */
    public static final int SIDE = 64;

    /** Name of the left input, of float32. All ones become the byte 255. */
    public static final String LEFT = "left";

    /** Name of the right input, of int8. */
    public static final String RIGHT = "right";

    /** Every number of the product, of ones with 127s. */
    public static final float LARGEST = 255 * 127 * SIDE;

    private ByteProductGraph() {}

    public static ModelGraph build() {
        OnnxGraph graph = new OnnxGraph(GraphForm.CPU_INT8.opset());
        List<Value> bytes =
                graph.nodes("DynamicQuantizeLinear", 3, List.of(graph.input(LEFT, ElementType.FLOAT, SIDE, SIDE)));
        Value right = graph.input(RIGHT, ElementType.INT8, SIDE, SIDE);
        Value one = graph.node("Squeeze", List.of(graph.constant(1f)));
        Value product = graph.microsoft(
                "MatMulIntegerToFloat", List.of(bytes.get(0), right, one, one, bytes.get(2), Value.ABSENT));
        graph.output("product", product, ElementType.FLOAT, SIDE, SIDE);
        return new ModelGraph("byte product", graph.toByteArray("byte_product"), Path.of(""));
    }
}
