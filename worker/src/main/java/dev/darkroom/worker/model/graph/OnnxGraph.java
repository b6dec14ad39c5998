package dev.darkroom.worker.model.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * An ONNX model in the making: inputs, initialisers, nodes in the order in which they run, outputs. It writes the
 * serialised form directly (fields by their numbers in the ONNX IR specification), for the few kinds of message that
 * Darkroom's graphs are made of.
 *
 * @see <a href="https://onnx.ai/onnx/repo-docs/IR.html">Open Neural Network Exchange intermediate representation</a>
 */
final class OnnxGraph {
    private static final int IR_VERSION = 10;

    /** Operators of ONNX Runtime that the standard does not have. */
    private static final String MICROSOFT = "com.microsoft";

    private static final int MICROSOFT_OPSET = 1;

    private final OnnxMessage graph = new OnnxMessage();
    private final Map<List<Object>, Value> shared = new HashMap<>();
    private final int opset;
    private int names;

    /**
     * Begins a model.
     *
     * @param opset version of the standard's operators
     */
    OnnxGraph(int opset) {
        this.opset = opset;
    }

    /**
     * Declares an input.
     *
     * @param dimensions numbers for fixed dimensions, names for those that a call decides
     */
    Value input(String name, ElementType type, Object... dimensions) {
        graph.message(11, valueInfo(name, type, dimensions));
        return new Value(name);
    }

    void output(String name, Value value, ElementType type, Object... dimensions) {
        graph.message(
                1,
                new OnnxMessage()
                        .text(1, value.name())
                        .text(2, name)
                        .text(3, name)
                        .text(4, "Identity"));
        graph.message(12, valueInfo(name, type, dimensions));
    }

    /** A constant vector of integers: shapes and indices. */
    Value constant(long... values) {
        ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asLongBuffer().put(values);
        return constant(ElementType.INT64, raw.array(), values.length);
    }

    /** A constant of one dimension. */
    Value constant(float... values) {
        ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return constant(ElementType.FLOAT, raw.array(), values.length);
    }

    private Value constant(ElementType type, byte[] raw, long size) {
        Value value = fresh("constant");
        graph.message(5, tensor(value.name(), type, size).bytes(9, raw));
        return value;
    }

    /** An initialiser whose bytes lie in a file beside the model, at {@code offset}. */
    Value external(String name, ElementType type, String file, long offset, long length, long... dimensions) {
        OnnxMessage tensor = tensor(name, type, dimensions)
                .message(13, entry("location", file))
                .message(13, entry("offset", Long.toString(offset)))
                .message(13, entry("length", Long.toString(length)))
                .integer(14, 1); // data_location = EXTERNAL
        graph.message(5, tensor);
        return new Value(name);
    }

    /** An initialiser that whoever loads the model hands over: it is in no file. */
    Value given(String name, ElementType type, long... dimensions) {
        return external(name, type, "given", 0, 0, dimensions);
    }

    /** Adds a node of the standard's operator {@code type} with one output. */
    Value node(String type, List<Value> operands, Attribute... attributes) {
        return node("", type, operands, attributes);
    }

    /** Adds a node of ONNX Runtime's own operator {@code type} with one output. */
    Value microsoft(String type, List<Value> operands, Attribute... attributes) {
        return node(MICROSOFT, type, operands, attributes);
    }

    /** Adds a node of the standard's operator {@code type} with several outputs. */
    List<Value> nodes(String type, int outputs, List<Value> operands) {
        List<Value> results = Stream.generate(() -> fresh(type)).limit(outputs).toList();
        node("", type, operands, results);
        return results;
    }

    private Value node(String domain, String type, List<Value> operands, Attribute... attributes) {
        Value result = fresh(type);
        node(domain, type, operands, List.of(result), attributes);
        return result;
    }

    private void node(String domain, String type, List<Value> operands, List<Value> results, Attribute... attributes) {
        OnnxMessage node = new OnnxMessage();
        for (Value operand : operands) {
            node.text(1, operand.name());
        }
        results.forEach(result -> node.text(2, result.name()));
        node.text(3, results.get(0).name()).text(4, type);
        for (Attribute attribute : attributes) {
            node.message(5, attribute.message());
        }
        graph.message(1, node.text(7, domain));
    }

    /** x * sigmoid(x). */
    Value silu(Value x) {
        return microsoft("QuickGelu", List.of(x), Attribute.of("alpha", 1f));
    }

    /** {@code x} as another type; {@code x} itself where it is of that type. */
    Value cast(Value x, ElementType from, ElementType to) {
        return from == to ? x : node("Cast", List.of(x), Attribute.of("to", to.number()));
    }

    /** The shape of {@code x}, a vector of integers; made once for each value. */
    Value shape(Value x) {
        return once(() -> node("Shape", List.of(x)), "shape", x);
    }

    /** A constant vector of integers that several nodes may have in common. */
    Value shared(long... values) {
        return once(() -> constant(values), "constant", Arrays.toString(values));
    }

    /** The value of {@code key}; made at its first use. */
    Value once(Supplier<Value> make, Object... key) {
        List<Object> name = List.of(key);
        Value known = shared.get(name);
        if (known == null) {
            known = make.get();
            shared.put(name, known);
        }
        return known;
    }

    /** The serialised model. */
    byte[] toByteArray(String name) {
        return new OnnxMessage()
                .integer(1, IR_VERSION)
                .text(2, "darkroom")
                .message(7, graph.text(2, name))
                .message(8, new OnnxMessage().text(1, "").integer(2, opset))
                .message(8, new OnnxMessage().text(1, MICROSOFT).integer(2, MICROSOFT_OPSET))
                .toByteArray();
    }

    private Value fresh(String type) {
        return new Value(type + "_" + names++);
    }

    private static OnnxMessage tensor(String name, ElementType type, long... dimensions) {
        OnnxMessage tensor = new OnnxMessage();
        for (long dimension : dimensions) {
            tensor.integer(1, dimension);
        }
        return tensor.integer(2, type.number()).text(8, name);
    }

    private static OnnxMessage entry(String key, String value) {
        return new OnnxMessage().text(1, key).text(2, value);
    }

    private static OnnxMessage valueInfo(String name, ElementType type, Object... dimensions) {
        OnnxMessage shape = new OnnxMessage();
        for (Object dimension : dimensions) {
            OnnxMessage message = new OnnxMessage();
            if (dimension instanceof Number number) {
                message.integer(1, number.longValue());
            } else {
                message.text(2, dimension.toString());
            }
            shape.message(1, message);
        }
        OnnxMessage tensorType = new OnnxMessage().integer(1, type.number()).message(2, shape);
        return new OnnxMessage().text(1, name).message(2, new OnnxMessage().message(1, tensorType));
    }
}
