package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.safetensors.DataType;

/** The element types that the graphs use, with their numbers in onnx.TensorProto. */
enum ElementType {
    FLOAT(1),
    UINT8(2),
    INT8(3),
    INT64(7),
    FLOAT16(10),
    BFLOAT16(16);

    private final int number;

    ElementType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static ElementType of(DataType type) {
        return switch (type) {
            case F32 -> FLOAT;
            case F16 -> FLOAT16;
            case BF16 -> BFLOAT16;
            default -> throw new IllegalArgumentException("No weights of type " + type);
        };
    }
}
