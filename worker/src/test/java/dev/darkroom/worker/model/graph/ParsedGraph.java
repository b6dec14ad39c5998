package dev.darkroom.worker.model.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A serialised ONNX model, read back (fields by their numbers in the ONNX IR specification). */
record ParsedGraph(
        Map<String, Long> opsets,
        List<Node> nodes,
        List<Constant> constants,
        List<Declared> inputs,
        List<Declared> outputs) {
    /** Of an attribute; the numbers are those of AttributeProto.type. */
    enum AttributeType {
        FLOAT(1),
        INT(2),
        STRING(3),
        INTS(7);

        private final int number;

        AttributeType(int number) {
            this.number = number;
        }

        static AttributeType of(long number) {
            return Arrays.stream(values())
                    .filter(type -> type.number == number)
                    .findFirst()
                    .orElseThrow();
        }
    }

    record Setting(String name, AttributeType type, WireMessage message) {
        long integer() {
            return message.integer(3);
        }

        long[] integers() {
            return message.all(8).stream().mapToLong(WireMessage.Field::integer).toArray();
        }
    }

    record Node(String domain, String type, List<String> inputs, List<String> outputs, List<Setting> settings) {
        /** Domain and type, as in {@code com.microsoft.GroupNorm}. */
        String operator() {
            return domain.isEmpty() ? type : domain + "." + type;
        }

        Optional<Setting> setting(String name) {
            return settings.stream()
                    .filter(setting -> setting.name().equals(name))
                    .findFirst();
        }

        long integer(String name, long otherwise) {
            return setting(name).map(Setting::integer).orElse(otherwise);
        }
    }

    /** An initialiser; one of integers has its values with it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Constant(String name, ElementType type, long[] shape, Optional<long[]> integers) {}

    /** An input or output; dimensions are numbers or names. */
    record Declared(String name, ElementType type, List<Object> dimensions) {}

    static ParsedGraph of(byte[] model) {
        WireMessage message = WireMessage.parse(ByteString.copyFrom(model));
        WireMessage graph = message.first(7).orElseThrow().message();
        return new ParsedGraph(
                message.all(8).stream()
                        .map(WireMessage.Field::message)
                        .collect(Collectors.toMap(opset -> opset.text(1), opset -> opset.integer(2))),
                graph.all(1).stream().map(field -> node(field.message())).toList(),
                graph.all(5).stream().map(field -> constant(field.message())).toList(),
                graph.all(11).stream().map(field -> declared(field.message())).toList(),
                graph.all(12).stream().map(field -> declared(field.message())).toList());
    }

    private static Node node(WireMessage node) {
        return new Node(
                node.text(7),
                node.text(4),
                node.all(1).stream().map(WireMessage.Field::text).toList(),
                node.all(2).stream().map(WireMessage.Field::text).toList(),
                node.all(5).stream().map(field -> setting(field.message())).toList());
    }

    private static Setting setting(WireMessage attribute) {
        return new Setting(attribute.text(1), AttributeType.of(attribute.integer(20)), attribute);
    }

    private static Constant constant(WireMessage tensor) {
        ElementType type = type(tensor.integer(2));
        long[] shape =
                tensor.all(1).stream().mapToLong(WireMessage.Field::integer).toArray();
        Optional<long[]> integers = Optional.empty();
        if (type == ElementType.INT64) {
            LongBuffer raw = tensor.first(9)
                    .orElseThrow()
                    .bytes()
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asLongBuffer();
            long[] values = new long[raw.remaining()];
            raw.get(values);
            integers = Optional.of(values);
        }
        return new Constant(tensor.text(8), type, shape, integers);
    }

    private static Declared declared(WireMessage value) {
        WireMessage tensor =
                value.first(2).orElseThrow().message().first(1).orElseThrow().message();
        List<Object> dimensions = new ArrayList<>();
        for (WireMessage.Field field : tensor.first(2).orElseThrow().message().all(1)) {
            WireMessage dimension = field.message();
            dimensions.add(dimension.first(2).isPresent() ? dimension.text(2) : dimension.integer(1));
        }
        return new Declared(value.text(1), type(tensor.integer(1)), dimensions);
    }

    private static ElementType type(long number) {
        return Arrays.stream(ElementType.values())
                .filter(type -> type.number() == number)
                .findFirst()
                .orElseThrow();
    }
}
