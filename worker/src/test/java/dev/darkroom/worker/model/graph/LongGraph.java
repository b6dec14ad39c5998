package dev.darkroom.worker.model.graph;

import java.nio.file.Path;
import java.util.List;

/** A network without weights that computes for minutes: a square matrix, multiplied by itself again and again. */
public final class LongGraph {
    public static final String MATRIX = "matrix";
    public static final String POWER = "power";

    private LongGraph() {}

    public static ModelGraph build(int side, int multiplications) {
        OnnxGraph graph = new OnnxGraph(GraphForm.CPU.opset());
        Value matrix = graph.input(MATRIX, ElementType.FLOAT, side, side);
        Value power = matrix;
        for (int i = 0; i < multiplications; i++) {
            power = graph.node("MatMul", List.of(power, matrix));
        }
        graph.output(POWER, power, ElementType.FLOAT, side, side);
        return new ModelGraph("long network", graph.toByteArray("long"), Path.of(""));
    }
}
