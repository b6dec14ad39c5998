package dev.darkroom.worker.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** A PNG file (ISO/IEC 15948) from outside, chunk by chunk, before anything of it is unpacked. One use. */
final class PngFile {
    private static final int IHDR_LENGTH = 13;
    private static final int BESIDE_DATA = 12; // length, type, checksum
    private static final int MOST_PALETTE = 768;

    private static final int GREY = 0;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int GREY_ALPHA = 4;
    private static final int RGB_ALPHA = 6;

    private final ByteBuffer file;
    private final ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    private Orientation orientation = Orientation.UPRIGHT;
    private boolean palette;
    private boolean data;

    private PngFile(byte[] bytes) {
        this.file = ByteBuffer.wrap(bytes);
    }

    static boolean begins(byte[] bytes) {
        return ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, PngEncoder.SIGNATURE.length))
                .equals(ByteBuffer.wrap(PngEncoder.SIGNATURE));
    }

    /**
     * Looks through a file.
     *
     * @throws UnreadablePictureException when it is damaged, too large, or of a kind that is not taken
     */
    static StoredPicture check(byte[] bytes) throws UnreadablePictureException {
        return new PngFile(bytes).check();
    }

    private StoredPicture check() throws UnreadablePictureException {
        pixels.writeBytes(PngEncoder.SIGNATURE);
        file.position(PngEncoder.SIGNATURE.length);
        int first = file.position();
        String type = next();
        require(type.equals("IHDR") && file.getInt(first) == IHDR_LENGTH, "it does not begin with a header");
        int header = first + 2 * Integer.BYTES;
        PictureHeader size =
                PictureHeader.of(file.getInt(header) & 0xffff_ffffL, file.getInt(header + 4) & 0xffff_ffffL);
        int colours = colours(header + 8);
        keep(first);
        while (!type.equals("IEND")) {
            int at = file.position();
            type = next();
            take(type, at);
        }
        require(data, "it has no pixels");
        require(palette || colours != PALETTE, "it has no palette");
        return new StoredPicture("png", size, orientation, pixels.toByteArray());
    }

    /** Depth, colours, compression, filter, interlacing; the colours are the answer. */
    private int colours(int at) throws UnreadablePictureException {
        int depth = file.get(at);
        int colours = file.get(at + 1);
        boolean known = switch (colours) {
            case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case RGB, GREY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
            default -> false;
        };
        boolean plain =
                file.get(at + 2) == 0 && file.get(at + 3) == 0 && (file.get(at + 4) == 0 || file.get(at + 4) == 1);
        require(known && plain, "its header says what no PNG is");
        return colours;
    }

    /** Goes behind the next chunk, once it is known to be whole. */
    private String next() throws UnreadablePictureException {
        require(file.remaining() >= BESIDE_DATA, "it ends too early");
        int start = file.position();
        int length = file.getInt(start);
        require(length >= 0 && length <= file.remaining() - BESIDE_DATA, "it ends too early");
        CRC32 checksum = new CRC32();
        checksum.update(file.array(), start + Integer.BYTES, Integer.BYTES + length);
        int end = start + 2 * Integer.BYTES + length;
        require((int) checksum.getValue() == file.getInt(end), "it is damaged: the checksum of a chunk is wrong");
        file.position(end + Integer.BYTES);
        return new String(file.array(), start + Integer.BYTES, Integer.BYTES, StandardCharsets.ISO_8859_1);
    }

    /** Of the chunks, those that the pixels need are kept; transparency is not, for what lies below it is the picture. */
    private void take(String type, int at) throws UnreadablePictureException {
        int length = file.getInt(at);
        switch (type) {
            case "IHDR" -> throw new UnreadablePictureException("it has two headers");
            case "acTL" -> throw new UnreadablePictureException("it is animated: send one picture");
            case "PLTE" -> {
                require(!palette && !data && length % 3 == 0 && length <= MOST_PALETTE, "its palette is none");
                palette = true;
                keep(at);
            }
            case "IDAT" -> {
                data = true;
                keep(at);
            }
            case "IEND" -> keep(at);
            case "eXIf" -> orientation = Orientation.of(file.array(), at + 2 * Integer.BYTES, length);
            default -> require(Character.isLowerCase(type.charAt(0)), "it has a chunk that no reader may leave out");
        }
    }

    private void keep(int at) {
        pixels.write(file.array(), at, file.getInt(at) + BESIDE_DATA);
    }

    private static void require(boolean holds, String otherwise) throws UnreadablePictureException {
        if (!holds) {
            throw new UnreadablePictureException(otherwise);
        }
    }
}
