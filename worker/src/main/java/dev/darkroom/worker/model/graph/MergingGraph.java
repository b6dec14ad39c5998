package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.List;

/** Adds the product of two thin matrices to a weight, in float32: what a LoRA does. */
public final class MergingGraph {
    /** Name of the input {@code (out, columns)}, in the type that the weight is stored in. */
    public static final String VALUES = "values";

    /** Name of the input of float32 {@code (out, rank)}. */
    public static final String LEFT = "left";

    /** Name of the input of float32 {@code (rank, columns)}. */
    public static final String RIGHT = "right";

    /** Name of the output of float32 {@code (out, columns)}. */
    public static final String MERGED = "merged";

    private MergingGraph() {}

    /**
     * Builds the graph for values of a type.
     *
     * @param type that they are stored in
     */
    public static ModelGraph build(DataType type) {
        OnnxGraph graph = new OnnxGraph(GraphForm.CPU.opset());
        ElementType stored = ElementType.of(type);
        Value values = graph.cast(graph.input(VALUES, stored, "out", "columns"), stored, ElementType.FLOAT);
        Value left = graph.input(LEFT, ElementType.FLOAT, "out", "rank");
        Value right = graph.input(RIGHT, ElementType.FLOAT, "rank", "columns");
        Value product = graph.node("MatMul", List.of(left, right));
        graph.output(MERGED, graph.node("Add", List.of(values, product)), ElementType.FLOAT, "out", "columns");
        return new ModelGraph("merging", graph.toByteArray("merging"), Path.of(""));
    }
}
