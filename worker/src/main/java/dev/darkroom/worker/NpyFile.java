package dev.darkroom.worker;

import dev.darkroom.worker.model.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** NumPy's array file, version 1.0 (numpy.lib.format): float32, little endian, row-major. */
final class NpyFile {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;

    private NpyFile() {}

    /** Writes the first entry of the outermost dimension: latents {@code (1, 4, h/8, w/8)} as {@code (4, h/8, w/8)}. */
    static void write(Path file, Tensor tensor) throws IOException {
        float[] values = tensor.row(0);
        int[] shape = Arrays.copyOfRange(tensor.shape(), 1, tensor.shape().length);
        String dimensions = Arrays.stream(shape).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dimensions + ",), }";
        int unpadded = MAGIC.length + Short.BYTES + dictionary.length() + 1;
        int padding = Math.floorMod(-unpadded, ALIGNMENT);
        byte[] header = (dictionary + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(MAGIC.length + Short.BYTES + header.length + values.length * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).putShort((short) header.length).put(header);
        bytes.asFloatBuffer().put(values);
        Files.write(file, bytes.array());
    }
}
