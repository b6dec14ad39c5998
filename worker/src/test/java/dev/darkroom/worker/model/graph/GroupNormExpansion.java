package dev.darkroom.worker.model.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Writes a graph for CUDA anew with other operators in place of {@code com.microsoft.GroupNorm}, which the CPU has not:
 * channels last, float32 inside, as CUDA's kernel computes it. All else stays, so that the CPU can run the form.
 */
public final class GroupNormExpansion {
    private final ElementType type;
    private final OnnxMessage expanded = new OnnxMessage();
    private int count;

    private GroupNormExpansion(GraphForm form) {
        type = form.activations();
    }

    public static ModelGraph of(ModelGraph graph, GraphForm form) {
        OnnxMessage model = new OnnxMessage();
        for (WireMessage.Field field :
                WireMessage.parse(ByteString.copyFrom(graph.model())).fields()) {
            if (field.number() == 7) {
                model.message(7, new GroupNormExpansion(form).graph(field.message()));
            } else {
                field.copyTo(model);
            }
        }
        return new ModelGraph(graph.name(), model.toByteArray(), graph.folder());
    }

    private OnnxMessage graph(WireMessage graph) {
        for (WireMessage.Field field : graph.fields()) {
            if (field.number() == 1 && field.message().text(4).equals("GroupNorm")) {
                expand(field.message());
            } else {
                field.copyTo(expanded);
            }
        }
        return expanded;
    }

    private void expand(WireMessage node) {
        List<String> inputs = node.all(1).stream().map(WireMessage.Field::text).toList();
        String name = "expanded" + count++;
        long groups = attribute(node, "groups").integer(3);
        String x = add("", "Transpose", name + "/nchw", List.of(inputs.get(0)), Attribute.ofList("perm", 0, 3, 1, 2));
        x = cast(x, name + "/float", ElementType.FLOAT);
        String shape = add("", "Shape", name + "/shape", List.of(x));
        String grouped = add("", "Reshape", name + "/grouped", List.of(x, integers(name + "/groups", 0, groups, -1)));
        String normal = add(
                "",
                "InstanceNormalization",
                name + "/normal",
                List.of(grouped, floats(name + "/ones", groups, 1), floats(name + "/zeros", groups, 0)),
                Attribute.of(
                        "epsilon",
                        attribute(node, "epsilon").first(2).orElseThrow().real()));
        x = add("", "Reshape", name + "/back", List.of(normal, shape));
        x = scaledAndShifted(x, inputs, name);
        if (attribute(node, "activation").integer(3) == 1) {
            x = add("com.microsoft", "QuickGelu", name + "/silu", List.of(x), Attribute.of("alpha", 1f));
        }
        x = cast(x, name + "/cast", type);
        add("", "Transpose", node.text(2), List.of(x), Attribute.ofList("perm", 0, 2, 3, 1));
    }

    private String scaledAndShifted(String x, List<String> inputs, String name) {
        String channels = integers(name + "/channels", -1, 1, 1);
        String gamma = add("", "Reshape", name + "/gamma", List.of(inputs.get(1), channels));
        String beta = add("", "Reshape", name + "/beta", List.of(inputs.get(2), channels));
        return add("", "Add", name + "/shifted", List.of(add("", "Mul", name + "/scaled", List.of(x, gamma)), beta));
    }

    private static WireMessage attribute(WireMessage node, String name) {
        return node.all(5).stream()
                .map(WireMessage.Field::message)
                .filter(attribute -> attribute.text(1).equals(name))
                .findFirst()
                .orElseThrow();
    }

    private String cast(String x, String name, ElementType to) {
        return add("", "Cast", name, List.of(x), Attribute.of("to", to.number()));
    }

    private String add(String domain, String operator, String output, List<String> inputs, Attribute... attributes) {
        OnnxMessage node = new OnnxMessage();
        inputs.forEach(input -> node.text(1, input));
        node.text(2, output).text(3, output).text(4, operator);
        for (Attribute attribute : attributes) {
            node.message(5, attribute.message());
        }
        expanded.message(1, node.text(7, domain));
        return output;
    }

    private String integers(String name, long... values) {
        ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asLongBuffer().put(values);
        return constant(name, ElementType.INT64, values.length, raw.array());
    }

    private String floats(String name, long size, float value) {
        ByteBuffer raw = ByteBuffer.allocate((int) (4 * size)).order(ByteOrder.LITTLE_ENDIAN);
        while (raw.hasRemaining()) {
            raw.putFloat(value);
        }
        return constant(name, ElementType.FLOAT, size, raw.array());
    }

    private String constant(String name, ElementType elements, long size, byte[] raw) {
        expanded.message(
                5,
                new OnnxMessage()
                        .integer(1, size)
                        .integer(2, elements.number())
                        .text(8, name)
                        .bytes(9, raw));
        return name;
    }
}
