package dev.darkroom.worker.model.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A file that is still coming: {@code <name>.part}, and beside it {@code <name>.state} with what the server said of it,
 * so that another process can go on. Its sum is computed as it grows. Not thread-safe.
 */
final class PartFile implements AutoCloseable {
    static final String PART = ".part";
    static final String STATE = ".state";

    private static final int BUFFER = 1 << 16;
    private static final int MAX_STATE = 4096;

    /**
     * What the server said.
     *
     * @param size of the whole file in bytes
     */
    record State(long size, Optional<String> version) {
        static Optional<State> read(Path file) throws IOException {
            try (InputStream in = Files.newInputStream(file)) {
                List<String> lines = new String(in.readNBytes(MAX_STATE), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
                return Optional.of(new State(
                        Long.parseLong(lines.get(0)), lines.size() > 1 ? Optional.of(lines.get(1)) : Optional.empty()));
            } catch (NoSuchFileException e) {
                return Optional.empty();
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                return Optional.empty(); // half written, by a process that died
            }
        }

        void write(Path file) throws IOException {
            Files.writeString(file, size + version.map(text -> "\n" + text).orElse(""));
        }
    }

    private final Path target;
    private final FileChannel channel;
    private final MessageDigest digest = Sums.digest();
    private long length;

    private PartFile(Path target, FileChannel channel) {
        this.target = target;
        this.channel = channel;
    }

    /** Opens what there is of a file, or begins it. */
    static PartFile open(Path target) throws IOException {
        FileChannel channel = FileChannel.open(
                sibling(target, PART), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        PartFile part = new PartFile(target, channel);
        try {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (channel.read(buffer.clear()) >= 0) {
                part.digest.update(buffer.flip());
            }
            part.length = channel.position();
            return part;
        } catch (IOException | RuntimeException | Error e) {
            part.close();
            throw e;
        }
    }

    static Path sibling(Path target, String ending) {
        return target.resolveSibling(target.getFileName() + ending);
    }

    /** Where the state of the file is. */
    Path stateFile() {
        return sibling(target, STATE);
    }

    long length() {
        return length;
    }

    /** From its beginning again. */
    void restart() throws IOException {
        channel.truncate(0);
        digest.reset();
        length = 0;
    }

    void append(byte[] bytes, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
        while (buffer.hasRemaining()) {
            length += channel.write(buffer);
        }
        digest.update(bytes, 0, count);
    }

    /** There is no such file after all. */
    void discard() throws IOException {
        channel.close();
        Files.deleteIfExists(sibling(target, PART));
        Files.deleteIfExists(stateFile());
    }

    /** It is whole: brings it onto the disk and gives it its name. Says what it is. */
    StoredFile finish(String name) throws IOException {
        channel.force(true);
        channel.close();
        StoredFile stored = new StoredFile(name, length, HexFormat.of().formatHex(digest.digest()));
        Files.move(sibling(target, PART), target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(stateFile());
        return stored;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
