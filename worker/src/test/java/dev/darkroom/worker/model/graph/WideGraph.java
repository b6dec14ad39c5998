package dev.darkroom.worker.model.graph;

import java.nio.file.Path;
import java.util.List;

/** A network that wants a matrix of {@code side * side} numbers on its way from a column and a row to a column. */
public final class WideGraph {
    public static final String COLUMN = "column";
    public static final String ROW = "row";
    public static final String OUTPUT = "output";

    private WideGraph() {}

    public static ModelGraph build(int side) {
        OnnxGraph graph = new OnnxGraph(GraphForm.CPU.opset());
        Value column = graph.input(COLUMN, ElementType.FLOAT, side, 1);
        Value row = graph.input(ROW, ElementType.FLOAT, 1, side);
        Value matrix = graph.node("MatMul", List.of(column, row));
        graph.output(OUTPUT, graph.node("MatMul", List.of(matrix, column)), ElementType.FLOAT, side, 1);
        return new ModelGraph("wide network", graph.toByteArray("wide"), Path.of(""));
    }
}
