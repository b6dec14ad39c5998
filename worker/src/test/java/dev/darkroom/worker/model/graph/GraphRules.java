package dev.darkroom.worker.model.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.graph.TypedValues.Typed;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What must hold of every graph, and of one in a form for CUDA besides. */
public final class GraphRules {
    private final ParsedGraph graph;
    private final GraphForm form;
    private final TypedValues values = new TypedValues();

    private GraphRules(ModelGraph graph, GraphForm form) {
        this.graph = ParsedGraph.of(graph.model());
        this.form = form;
    }

    /**
     * Fails unless a graph is well formed: values are made once and before they are used, nothing is left over, element
     * types and shapes fit at every operator, inputs and outputs are as declared; and on CUDA every operator runs there.
     *
     * @param sizes of the free dimensions, by name
     */
    public static void check(ModelGraph graph, GraphForm form, Map<String, Long> sizes) throws IOException {
        GraphRules rules = new GraphRules(graph, form);
        rules.declarations(sizes);
        rules.operators();
        rules.outputs(sizes);
        rules.nothingIsLeftOver();
        if (form == GraphForm.CUDA_FLOAT16) {
            rules.weightsStayInTheirFile();
        }
    }

    private void declarations(Map<String, Long> sizes) {
        assertThat(graph.opsets()).isEqualTo(Map.of("", (long) form.opset(), "com.microsoft", 1L));
        for (ParsedGraph.Declared input : graph.inputs()) {
            assertThat(input.type()).isIn(ElementType.FLOAT, ElementType.INT64);
            values.define(input.name(), new Typed(input.type(), shape(input, sizes)));
        }
        for (ParsedGraph.Constant constant : graph.constants()) {
            values.define(constant.name(), new Typed(constant.type(), constant.shape(), constant.integers()));
        }
    }

    private static long[] shape(ParsedGraph.Declared declared, Map<String, Long> sizes) {
        return declared.dimensions().stream()
                .mapToLong(dimension -> dimension instanceof Long number ? number : sizes.get((String) dimension))
                .toArray();
    }

    private void operators() throws IOException {
        CudaOperatorTable cuda = new CudaOperatorTable();
        for (ParsedGraph.Node node : graph.nodes()) {
            values.run(node);
            ElementType type = values.of(node.inputs().get(0)).type();
            if (form == GraphForm.CUDA_FLOAT32 || form == GraphForm.CUDA_FLOAT16) {
                cuda.check(node, form.opset(), type);
            }
            boolean heavy = List.of("Conv", "Gemm", "MatMul").contains(node.type());
            if (heavy) {
                assertThat(type).as(node.type()).isEqualTo(form.activations());
            }
        }
    }

    private void outputs(Map<String, Long> sizes) {
        for (ParsedGraph.Declared output : graph.outputs()) {
            Typed value = values.of(output.name());
            assertThat(value.type()).isEqualTo(ElementType.FLOAT).isEqualTo(output.type());
            assertThat(value.shape()).isEqualTo(shape(output, sizes));
        }
    }

    private void nothingIsLeftOver() {
        Set<String> made = new HashSet<>();
        graph.constants().forEach(constant -> made.add(constant.name()));
        graph.inputs().forEach(input -> made.add(input.name()));
        graph.nodes().forEach(node -> made.addAll(node.outputs()));
        graph.nodes().forEach(node -> node.inputs().forEach(made::remove));
        graph.outputs().forEach(output -> made.remove(output.name()));
        assertThat(made).as("values that nothing uses").isEmpty();
    }

    /** Of weights stored in float16 only those of the normalisation that wants float32 are converted. */
    private void weightsStayInTheirFile() {
        Set<String> stored = new HashSet<>();
        graph.constants().stream()
                .filter(constant -> constant.type() == ElementType.FLOAT16)
                .forEach(constant -> stored.add(constant.name()));
        graph.nodes().stream()
                .filter(node -> node.type().equals("Cast"))
                .filter(node -> stored.contains(node.inputs().get(0)))
                .flatMap(node -> users(node.outputs().get(0)))
                .forEach(user -> assertThat(user.type()).isEqualTo("GroupNorm"));
    }

    private Stream<ParsedGraph.Node> users(String value) {
        return graph.nodes().stream().filter(node -> node.inputs().contains(value));
    }

    /** How many nodes of an operator there are, and what their first operand is. */
    public static Map<String, Long> count(ModelGraph graph, GraphForm form, Map<String, Long> sizes) {
        GraphRules rules = new GraphRules(graph, form);
        rules.declarations(sizes);
        Map<String, Long> counts = new TreeMap<>();
        for (ParsedGraph.Node node : rules.graph.nodes()) {
            rules.values.run(node);
            ElementType type = rules.values.of(node.inputs().get(0)).type();
            counts.merge(node.type() + " " + type, 1L, Long::sum);
        }
        return counts;
    }
}
