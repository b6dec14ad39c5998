package dev.darkroom.worker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The demo model under other names, whole and broken. */
final class DemoModel {
    private static final Path SHAPES = TestStack.MODELS.resolve("shapes");
    private static final String UNET = "unet/diffusion_pytorch_model.safetensors";
    private static final int LENGTH = Long.BYTES; // of the header's length, which a safetensors file begins with

    private DemoModel() {}

    /** A copy. */
    static Path copy(Path to) throws IOException {
        try (Stream<Path> all = Files.walk(SHAPES)) {
            List<Path> files = all.toList();
            for (Path file : files) {
                Files.copy(file, to.resolve(SHAPES.relativize(file).toString()));
            }
        }
        return to;
    }

    /** A copy whose UNet's file has lost its second half. */
    static Path truncated(Path to) throws IOException {
        Path file = copy(to).resolve(UNET);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
        return to;
    }

    /** A copy whose UNet's weights are not numbers, none of them. */
    static Path notNumbers(Path to) throws IOException {
        Path file = copy(to).resolve(UNET);
        byte[] bytes = Files.readAllBytes(file);
        int header = Math.toIntExact(
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong());
        Arrays.fill(bytes, LENGTH + header, bytes.length, (byte) 0xFF);
        Files.write(file, bytes);
        return to;
    }
}
