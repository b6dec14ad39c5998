package dev.darkroom.worker.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Writes PNG files (ISO/IEC 15948): 8-bit RGB, a filter chosen for each row, texts as uncompressed iTXt chunks.
 *
 * <p>The same picture and texts give the same bytes wherever the Java runtime brings the same zlib. Safe for use by
 * several threads.
 */
public final class PngEncoder {
    static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final byte BITS = 8;
    private static final byte TRUE_COLOUR = 2;
    private static final int LONGEST_KEYWORD = 79;
    private static final int LONGEST_TEXT = 1 << 20;

    private PngEncoder() {}

    /** A file that says how it was made, under the keywords {@code parameters} and {@code darkroom}. */
    public static byte[] encode(Picture picture, GenerationParameters parameters) {
        return encode(picture, parameters.texts());
    }

    /**
     * A file with texts, in the order of the map.
     *
     * @param texts by keyword, which is 1 to 79 printable Latin-1 characters; NUL and unpaired surrogates in a text
     *     become U+FFFD
     */
    public static byte[] encode(Picture picture, Map<String, String> texts) {
        byte[] pixels = PixelDeflater.compressed(PngFilter.filtered(picture));
        ByteArrayOutputStream file = new ByteArrayOutputStream(pixels.length + 4096);
        file.writeBytes(SIGNATURE);
        chunk(file, "IHDR", header(picture));
        texts.forEach((keyword, text) -> chunk(file, "iTXt", text(keyword, text)));
        chunk(file, "IDAT", pixels);
        chunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    private static byte[] header(Picture picture) {
        return ByteBuffer.allocate(13)
                .putInt(picture.width())
                .putInt(picture.height())
                .put(BITS)
                .put(TRUE_COLOUR)
                .array(); // then zeros: deflate, adaptive filters, not interlaced
    }

    private static byte[] text(String keyword, String text) {
        checkKeyword(keyword);
        if (text.length() > LONGEST_TEXT) {
            throw new IllegalArgumentException("The text '" + keyword + "' must not be longer than " + LONGEST_TEXT
                    + " characters: " + text.length());
        }
        byte[] key = keyword.getBytes(StandardCharsets.ISO_8859_1);
        byte[] value = wellFormed(text).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(key.length + 5 + value.length)
                .put(key)
                .put(new byte[5]) // end of keyword, not compressed, method 0, no language, no translated keyword
                .put(value)
                .array();
    }

    private static void checkKeyword(String keyword) {
        boolean printable = keyword.chars().allMatch(c -> (c >= ' ' && c <= '~') || (c >= 0xA1 && c <= 0xFF));
        if (!printable
                || keyword.isEmpty()
                || keyword.length() > LONGEST_KEYWORD
                || !keyword.equals(keyword.strip())
                || keyword.contains("  ")) {
            throw new IllegalArgumentException(
                    "A keyword must be 1 to 79 printable Latin-1 characters without spaces around it: '" + keyword
                            + "'");
        }
    }

    private static String wellFormed(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) ? 0xFFFD : c)
                .forEach(result::appendCodePoint);
        return result.toString();
    }

    private static void chunk(ByteArrayOutputStream file, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        file.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        file.writeBytes(name);
        file.writeBytes(data);
        file.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
    }
}
