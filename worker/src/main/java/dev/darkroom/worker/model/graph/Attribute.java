package dev.darkroom.worker.model.graph;

import java.nio.charset.StandardCharsets;

/** A setting of a node that is fixed in the graph. */
record Attribute(OnnxMessage message) {
    // Numbers of fields and types in onnx.AttributeProto
    private static final int NAME = 1;
    private static final int FLOAT = 2;
    private static final int INT = 3;
    private static final int STRING = 4;
    private static final int INTS = 8;
    private static final int TYPE = 20;

    static Attribute of(String name, long value) {
        return new Attribute(named(name).integer(INT, value).integer(TYPE, 2));
    }

    static Attribute of(String name, float value) {
        return new Attribute(named(name).real(FLOAT, value).integer(TYPE, 1));
    }

    static Attribute of(String name, String value) {
        return new Attribute(named(name)
                .bytes(STRING, value.getBytes(StandardCharsets.UTF_8))
                .integer(TYPE, 3));
    }

    static Attribute ofList(String name, long... values) {
        OnnxMessage message = named(name);
        for (long value : values) {
            message.integer(INTS, value);
        }
        return new Attribute(message.integer(TYPE, 7));
    }

    private static OnnxMessage named(String name) {
        return new OnnxMessage().text(NAME, name);
    }
}
