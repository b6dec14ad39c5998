package dev.darkroom.worker.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;

/** Files of the right form whose values are all zero and take no room on the disk. */
public final class SparseSafetensors {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SparseSafetensors() {}

    /** Writes a file with these tensors, or over another one. */
    public static void write(Path file, Collection<Spec> specs) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        long offset = 0;
        for (Spec spec : specs) {
            long end = offset + spec.size() * spec.type().bytes();
            ObjectNode entry = header.putObject(spec.name());
            entry.put("dtype", spec.type().name());
            spec.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        write(file, JSON.writeValueAsBytes(header), offset);
    }

    /** Writes a file with this header and so many bytes of data behind it, or over another one. */
    public static void write(Path file, byte[] header, long dataLength) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
            channel.write(start.putLong(header.length).put(header).flip());
            if (dataLength > 0) {
                channel.write(ByteBuffer.allocate(1), 8 + header.length + dataLength - 1);
            }
        }
    }
}
