package dev.darkroom.worker.model.graph;

import java.nio.file.Path;
import java.util.List;

/** One matrix product and nothing else: what the speed of a network is measured against. */
public final class MatMulGraph {
    /** Name of the left input {@code (rows, inner)}. */
    public static final String LEFT = "left";

    /** Name of the right input {@code (inner, columns)}. */
    public static final String RIGHT = "right";

    private MatMulGraph() {}

    public static ModelGraph build(int rows, int inner, int columns) {
        OnnxGraph graph = new OnnxGraph(GraphForm.CPU.opset());
        Value left = graph.input(LEFT, ElementType.FLOAT, rows, inner);
        Value right = graph.input(RIGHT, ElementType.FLOAT, inner, columns);
        graph.output("product", graph.node("MatMul", List.of(left, right)), ElementType.FLOAT, rows, columns);
        return new ModelGraph("matmul", graph.toByteArray("matmul"), Path.of(""));
    }
}
