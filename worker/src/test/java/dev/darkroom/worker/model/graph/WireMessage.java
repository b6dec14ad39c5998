package dev.darkroom.worker.model.graph;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The fields of a protocol buffer message, in order, without a schema. */
record WireMessage(List<Field> fields) {
    /** One field; of the values the one counts that its wire type has. */
    record Field(int number, int wireType, long integer, float real, ByteString bytes) {
        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }

        WireMessage message() {
            return parse(bytes);
        }

        void copyTo(OnnxMessage target) {
            switch (wireType) {
                case WireFormat.WIRETYPE_VARINT -> target.integer(number, integer);
                case WireFormat.WIRETYPE_FIXED32 -> target.real(number, real);
                default -> target.bytes(number, bytes.toByteArray());
            }
        }
    }

    static WireMessage parse(ByteString bytes) {
        try {
            CodedInputStream in = bytes.newCodedInput();
            List<Field> fields = new ArrayList<>();
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                int type = WireFormat.getTagWireType(tag);
                fields.add(new Field(
                        WireFormat.getTagFieldNumber(tag),
                        type,
                        type == WireFormat.WIRETYPE_VARINT ? in.readInt64() : 0,
                        type == WireFormat.WIRETYPE_FIXED32 ? in.readFloat() : 0,
                        type == WireFormat.WIRETYPE_LENGTH_DELIMITED ? in.readBytes() : ByteString.EMPTY));
            }
            return new WireMessage(fields);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Field> all(int number) {
        return fields.stream().filter(field -> field.number() == number).toList();
    }

    Optional<Field> first(int number) {
        return all(number).stream().findFirst();
    }

    String text(int number) {
        return first(number).map(Field::text).orElse("");
    }

    long integer(int number) {
        return first(number).map(Field::integer).orElse(0L);
    }
}
