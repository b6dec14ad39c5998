package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes an {@link Int8Weight} of its values: of every output channel the greatest magnitude becomes 127, and all numbers
 * the nearest multiple of a 127th of it. Weights are about symmetric, so zero is 0. A channel with a value that is not
 * finite gets a scale that is not a number, for whoever runs this to find.
 */
public final class QuantisingGraph {
    /** Name of the input {@code (out, in, window)}. */
    public static final String VALUES = "values";

    /** Name of the output of int8 {@code (window * in, out)}. */
    public static final String NUMBERS = "numbers";

    /** Name of the output of float32 {@code (out)}. */
    public static final String SCALES = "scales";

    private static final float GREATEST = 127;

    /** A channel of nothing but zeros is divided by this and stays one. */
    private static final float SMALLEST = 1e-30f;

    private QuantisingGraph() {}

    /**
     * Builds the graph for values of a type.
     *
     * @param type that they are stored in
     */
    public static ModelGraph build(DataType type) {
        OnnxGraph graph = new OnnxGraph(GraphForm.CPU_INT8.opset());
        ElementType stored = ElementType.of(type);
        Value values = graph.cast(graph.input(VALUES, stored, "out", "in", "window"), stored, ElementType.FLOAT);
        Value axes = graph.constant(1L, 2L);
        Attribute flat = Attribute.of("keepdims", 0);
        Value greatest = graph.node("ReduceMax", List.of(graph.node("Abs", List.of(values)), axes), flat);
        // Of finite numbers a sum of zeros; the greatest of numbers and what is none may be either.
        Value finite =
                graph.node("Mul", List.of(graph.node("ReduceL1", List.of(values, axes), flat), graph.constant(0f)));
        Value divided = graph.node("Max", List.of(greatest, graph.constant(SMALLEST)));
        Value scales =
                graph.node("Add", List.of(graph.node("Div", List.of(divided, graph.constant(GREATEST))), finite));
        Value numbers = graph.node(
                "QuantizeLinear",
                List.of(values, scales),
                Attribute.of("axis", 0),
                Attribute.of("output_dtype", ElementType.INT8.number()));
        Value turned = graph.node("Transpose", List.of(numbers), Attribute.ofList("perm", 2, 1, 0));
        Value matrix = graph.node("Flatten", List.of(turned), Attribute.of("axis", 2));
        graph.output(NUMBERS, matrix, ElementType.INT8, "rows", "out");
        graph.output(SCALES, scales, ElementType.FLOAT, "out");
        return new ModelGraph("quantisation", graph.toByteArray("quantisation"), Path.of(""));
    }
}
