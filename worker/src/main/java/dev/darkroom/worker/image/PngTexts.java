package dev.darkroom.worker.image;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Reads the texts before the pixels of a PNG: uncompressed iTXt chunks, as {@link PngEncoder} writes them, and tEXt chunks, as
 * A1111's web UI does where the text is Latin-1. Stateless.
 */
public final class PngTexts {
    private static final int LONGEST_CHUNK = 8 << 20;
    private static final int MOST_CHUNKS = 1000;
    private static final int FIXED_FIELDS = 5;

    private PngTexts() {}

    /**
     * Reads the texts of a file, each by its keyword; of two with one keyword the first.
     *
     * @param file is read up to the pixels, and not closed
     * @throws IOException when it cannot be read, is no PNG, is damaged there, or has a text of more than 8 MiB
     */
    public static Map<String, String> read(InputStream file) throws IOException {
        DataInputStream in = new DataInputStream(file);
        try {
            if (!Arrays.equals(in.readNBytes(PngEncoder.SIGNATURE.length), PngEncoder.SIGNATURE)) {
                throw new IOException("This is no PNG");
            }
            Map<String, String> texts = new LinkedHashMap<>();
            for (int chunk = 0; chunk < MOST_CHUNKS; chunk++) {
                int length = in.readInt();
                String type = new String(in.readNBytes(4), StandardCharsets.US_ASCII);
                if (type.equals("IDAT") || type.equals("IEND")) {
                    return texts;
                }
                if (length < 0 || length > LONGEST_CHUNK) {
                    throw new IOException("A chunk of this PNG, " + Integer.toUnsignedLong(length)
                            + " bytes long, is longer than any that goes before the pixels");
                }
                addText(texts, type, data(in, type, length));
            }
            throw new IOException("This PNG has more than " + MOST_CHUNKS + " chunks before its pixels");
        } catch (EOFException e) {
            throw new IOException("This PNG ends before its pixels", e);
        }
    }

    private static byte[] data(DataInputStream in, String type, int length) throws IOException {
        byte[] data = in.readNBytes(length);
        if (data.length < length) {
            throw new EOFException();
        }
        CRC32 checksum = new CRC32();
        checksum.update(type.getBytes(StandardCharsets.US_ASCII));
        checksum.update(data);
        if ((int) checksum.getValue() != in.readInt()) {
            throw new IOException("This PNG is damaged: the checksum of a chunk is wrong");
        }
        return data;
    }

    /** Keyword, a zero, text; an iTXt has four more zeros where nothing is compressed nor translated. */
    private static void addText(Map<String, String> texts, String type, byte[] data) {
        int end = 0;
        while (end < data.length && data[end] != 0) {
            end++;
        }
        boolean latin = type.equals("tEXt");
        int start = end + (latin ? 1 : FIXED_FIELDS);
        if (!(latin || type.equals("iTXt")) || start > data.length) {
            return;
        }
        for (int i = end; i < start; i++) {
            if (data[i] != 0) {
                return;
            }
        }
        texts.putIfAbsent(
                new String(data, 0, end, StandardCharsets.ISO_8859_1),
                new String(
                        data,
                        start,
                        data.length - start,
                        latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
    }
}
