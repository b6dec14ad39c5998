package dev.darkroom.worker.model.graph;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * One protocol buffer message in the making. Fields are written in the order of the calls, by the numbers of ONNX's
 * own schema; a message that is done becomes a field of the one around it.
 */
final class OnnxMessage {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes, 64);

    OnnxMessage integer(int field, long value) {
        return write(() -> out.writeInt64(field, value));
    }

    OnnxMessage real(int field, float value) {
        return write(() -> out.writeFloat(field, value));
    }

    OnnxMessage text(int field, String value) {
        return write(() -> out.writeString(field, value));
    }

    OnnxMessage bytes(int field, byte[] value) {
        return write(() -> out.writeByteArray(field, value));
    }

    OnnxMessage message(int field, OnnxMessage value) {
        return bytes(field, value.toByteArray());
    }

    byte[] toByteArray() {
        write(out::flush);
        return bytes.toByteArray();
    }

    private OnnxMessage write(Write write) {
        try {
            write.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot be: the bytes go to memory
        }
        return this;
    }

    private interface Write {
        void run() throws IOException;
    }
}
