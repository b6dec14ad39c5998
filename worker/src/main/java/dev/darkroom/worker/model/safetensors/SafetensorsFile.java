package dev.darkroom.worker.model.safetensors;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A safetensors file whose header was read and checked. It holds no open handle: the weights that make pictures are
 * mapped by the inference runtime, at the offsets given here; what Java reads itself it maps one tensor at a time, and
 * the mapping lives as long as its buffer. Immutable.
 *
 * <p>Format: 8 bytes little endian length of the header, the header, the data
 * (<a href="https://github.com/huggingface/safetensors">specification</a>).
 */
public final class SafetensorsFile {
    /** Name of the text with PEFT's configuration of a LoRA. It is part of what the numbers mean, so it is never left out. */
    public static final String LORA_CONFIG = "lora_adapter_metadata";

    private final Path path;
    private final Map<String, TensorEntry> entries;
    private final Map<String, String> metadata;

    private SafetensorsFile(Path path, SafetensorsHeader header) {
        this.path = path;
        this.entries = Collections.unmodifiableMap(header.entries());
        this.metadata = Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Reads and checks the header. Nothing is allocated on the word of the file: a length is believed once the file
     * is that long, and a header is read piece by piece, so that what is not one ends at its first piece.
     *
     * @throws SafetensorsException when the file breaks the rules of the format
     * @throws IOException when it cannot be read
     */
    public static SafetensorsFile open(Path file) throws IOException {
        Path path = file.toRealPath(); // a link into a cache of files: the runtime must be told where the data is
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long fileLength = channel.size();
            if (fileLength < 8) {
                throw new SafetensorsException(file + ": only " + fileLength + " bytes, too short for a header");
            }
            byte[] start = new ChannelRange(channel, 0, 8).readAllBytes();
            long length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (length < 2 || length > SafetensorsHeader.MAX_BYTES || length > fileLength - 8) {
                throw new SafetensorsException(file + ": claims a header of " + Long.toUnsignedString(length)
                        + " bytes; the file has " + fileLength + ", at most " + SafetensorsHeader.MAX_BYTES
                        + " are allowed (is it a safetensors file, complete?)");
            }
            InputStream json = new ChannelRange(channel, 8, length);
            return new SafetensorsFile(path, SafetensorsHeader.parse(file, json, 8 + length, fileLength));
        }
    }

    /** The file itself, links resolved. */
    public Path path() {
        return path;
    }

    /** Names of all tensors, in the order of the header. */
    public Set<String> names() {
        return entries.keySet();
    }

    /**
     * The short texts of {@code __metadata__}; longer ones, but for {@link #LORA_CONFIG}, and those behind the first thousand
     * are left out.
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    public Optional<TensorEntry> find(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    /**
     * The bytes of a tensor, memory-mapped, little endian.
     *
     * @throws SafetensorsException when there is no such tensor, or it is larger than 2 GiB
     */
    public ByteBuffer map(String name) throws IOException {
        return map(require(name));
    }

    private ByteBuffer map(TensorEntry entry) throws IOException {
        if (entry.length() > Integer.MAX_VALUE) {
            throw new SafetensorsException(path + ": tensor " + entry.name() + " is larger than 2 GiB");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, entry.offset(), entry.length())
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /**
     * The values of an F32, F16 or BF16 tensor, row-major. The only memory it takes is the result.
     *
     * @throws SafetensorsException when there is no such tensor, or it holds something else
     */
    public float[] floats(String name) throws IOException {
        return floats(require(name));
    }

    /**
     * The same of a tensor of this file, or of a piece of one.
     *
     * @throws SafetensorsException when it holds something else
     */
    public float[] floats(TensorEntry entry) throws IOException {
        ByteBuffer bytes = map(entry);
        float[] values = new float[(int) entry.size()];
        switch (entry.type()) {
            case F32 -> bytes.asFloatBuffer().get(values);
            case F16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = HalfFloats.fromFloat16(bytes.getShort(2 * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = HalfFloats.fromBfloat16(bytes.getShort(2 * i));
                }
            }
            default ->
                throw new SafetensorsException(
                        path + ": tensor " + entry.name() + " is " + entry.type() + ", not F32, F16 or BF16");
        }
        return values;
    }

    private TensorEntry require(String name) throws SafetensorsException {
        return find(name).orElseThrow(() -> new SafetensorsException(path + ": there is no tensor " + name));
    }
}
