package dev.darkroom.worker.model.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Writes safetensors files, one tensor after the other: no more than a few MiB of data are in memory at a time. */
public final class SafetensorsWriter {
    private static final int CHUNK = 4 << 20;

    /** A tensor to be written. */
    public record Spec(String name, DataType type, List<Long> shape) {
        public Spec {
            shape = List.copyOf(shape);
        }

        /** Number of elements. */
        public long size() {
            long size = 1;
            for (long dimension : shape) {
                size = Math.multiplyExact(size, dimension);
            }
            return size;
        }

        private long length() {
            return Math.multiplyExact(size(), (long) type.bytes());
        }
    }

    /** Gives the values of a tensor, piece by piece. */
    @FunctionalInterface
    public interface Source {
        /**
         * Fills {@code target} (little endian) with the elements of {@code spec} from index {@code first} on, to its
         * limit.
         */
        void fill(Spec spec, long first, ByteBuffer target);
    }

    private SafetensorsWriter() {}

    /** Writes a new file, or over an old one. */
    public static void write(Path file, Collection<Spec> specs, Source source) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            writeFully(channel, ByteBuffer.wrap(header(specs)));
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
            for (Spec spec : specs) {
                int perChunk = CHUNK / spec.type().bytes();
                for (long first = 0; first < spec.size(); first += perChunk) {
                    int count = (int) Math.min(perChunk, spec.size() - first);
                    chunk.clear().limit(count * spec.type().bytes());
                    source.fill(spec, first, chunk);
                    writeFully(channel, chunk.rewind());
                }
            }
        }
    }

    /** Length and header, padded with spaces so that the data begins at a multiple of 8. */
    private static byte[] header(Collection<Spec> specs) throws IOException {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator generator = new JsonFactory().createGenerator(json)) {
            generator.writeStartObject();
            long offset = 0;
            for (Spec spec : specs) {
                generator.writeObjectFieldStart(spec.name());
                generator.writeStringField("dtype", spec.type().name());
                generator.writeFieldName("shape");
                long[] shape = spec.shape().stream().mapToLong(Long::longValue).toArray();
                generator.writeArray(shape, 0, shape.length);
                generator.writeFieldName("data_offsets");
                generator.writeArray(new long[] {offset, offset + spec.length()}, 0, 2);
                generator.writeEndObject();
                offset += spec.length();
            }
            generator.writeEndObject();
        }
        int padded = (json.size() + 7) / 8 * 8;
        byte[] header = new byte[8 + padded];
        Arrays.fill(header, (byte) ' ');
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(json.toByteArray());
        return header;
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
