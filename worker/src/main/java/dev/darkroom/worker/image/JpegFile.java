package dev.darkroom.worker.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** A JPEG file (ITU-T T.81) from outside, segment by segment, before anything of it is unpacked. One use. */
final class JpegFile {
    private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);
    /** JFIF 1.1 without a preview. */
    private static final byte[] PLAIN_JFIF = {
        (byte) 0xff, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };

    private static final int ADOBE_LENGTH = 14;
    private static final int START = 0xd8;
    private static final int END = 0xd9;
    private static final int SCAN = 0xda;
    private static final int MORE_SCANS_THAN_ANY = 100;
    private static final int RED_GREEN_BLUE = ('R' << 16) | ('G' << 8) | 'B';

    private final byte[] bytes;
    private final ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    private Optional<PictureHeader> header = Optional.empty();
    private Orientation orientation = Orientation.UPRIGHT;
    private boolean namesColours;
    private int names; // of its three components
    private int at;

    private JpegFile(byte[] bytes) {
        this.bytes = bytes;
    }

    static boolean begins(byte[] bytes) {
        return bytes.length > 3 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == START && (bytes[2] & 0xff) == 0xff;
    }

    /**
     * Looks through a file.
     *
     * @throws UnreadablePictureException when it is damaged, too large, or of a kind that is not taken
     */
    static StoredPicture check(byte[] bytes) throws UnreadablePictureException {
        return new JpegFile(bytes).check();
    }

    private StoredPicture check() throws UnreadablePictureException {
        pixels.write(bytes, 0, 2);
        at = 2;
        int marker = marker();
        while (marker != SCAN) {
            segment(marker);
            marker = marker();
        }
        PictureHeader size =
                header.orElseThrow(() -> new UnreadablePictureException("it has pixels before their number is known"));
        checkScans();
        if (!namesColours && names != 0 && names != RED_GREEN_BLUE) {
            // Luma and chroma, as for all others that read JPEG: the runtime's reader would look at names and sampling.
            pixels.writeBytes(PLAIN_JFIF);
        }
        pixels.write(0xff);
        pixels.write(SCAN);
        pixels.write(bytes, at, bytes.length - at);
        return new StoredPicture("jpeg", size, orientation, pixels.toByteArray());
    }

    /** The next marker; fill bytes before it are skipped. */
    private int marker() throws UnreadablePictureException {
        require(at < bytes.length && byteAt(at) == 0xff, "it is damaged: there is no marker where one must be");
        while (at < bytes.length && byteAt(at) == 0xff) {
            at++;
        }
        require(at < bytes.length, "it ends too early");
        return byteAt(at++);
    }

    /** Goes behind a segment; keeps what the pixels need. */
    private void segment(int marker) throws UnreadablePictureException {
        require(bytes.length - at >= 2, "it ends too early");
        int length = (byteAt(at) << 8) | byteAt(at + 1);
        require(length >= 2 && length <= bytes.length - at, "it ends too early");
        switch (marker) {
            case 0xc0, 0xc1, 0xc2 -> {
                frame(length);
                keep(marker, length);
            }
            case 0xc4, 0xdb, 0xdd -> keep(marker, length); // tables, restart interval
            case 0xe0 -> {
                if (is(JFIF, length)) {
                    pixels.writeBytes(PLAIN_JFIF);
                    namesColours = true;
                }
            }
            case 0xe1 -> {
                if (is(EXIF, length)) {
                    int skipped = 2 + EXIF.length;
                    orientation = Orientation.of(bytes, at + skipped, length - skipped);
                }
            }
            case 0xee -> {
                if (is(ADOBE, length) && length == ADOBE_LENGTH) {
                    keep(marker, length);
                    namesColours = true;
                }
            }
            default ->
                require(
                        marker == 0xfe || (marker > 0xe0 && marker < 0xf0),
                        "it is of a kind of JPEG that is not taken (lossless, arithmetic or hierarchical)");
        }
        at += length;
    }

    private void frame(int length) throws UnreadablePictureException {
        require(header.isEmpty(), "it has two headers");
        require(length >= 8, "its header is too short");
        int components = byteAt(at + 7);
        require(byteAt(at + 2) == 8, "it has " + byteAt(at + 2) + " bits for a value: JPEG is taken with 8");
        require(components != 4, "it is CMYK: send it as RGB");
        require((components == 1 || components == 3) && length == 8 + 3 * components, "its header is none");
        int height = (byteAt(at + 3) << 8) | byteAt(at + 4);
        int width = (byteAt(at + 5) << 8) | byteAt(at + 6);
        header = Optional.of(PictureHeader.of(width, height));
        names = components == 1 ? 0 : (byteAt(at + 8) << 16) | (byteAt(at + 11) << 8) | byteAt(at + 14);
    }

    /** Each scan goes over all pixels: a small file may have a million of them. */
    private void checkScans() throws UnreadablePictureException {
        int scans = 1;
        boolean ends = false;
        for (int i = at; i + 1 < bytes.length; i++) {
            if (byteAt(i) == 0xff) {
                scans += byteAt(i + 1) == SCAN ? 1 : 0;
                ends |= byteAt(i + 1) == END;
            }
        }
        require(ends, "it ends too early");
        require(scans < MORE_SCANS_THAN_ANY, "it has " + scans + " scans, more than a picture needs");
    }

    private boolean is(byte[] name, int length) {
        return length >= 2 + name.length && Arrays.equals(bytes, at + 2, at + 2 + name.length, name, 0, name.length);
    }

    private void keep(int marker, int length) {
        pixels.write(0xff);
        pixels.write(marker);
        pixels.write(bytes, at, length);
    }

    private int byteAt(int index) {
        return bytes[index] & 0xff;
    }

    private static void require(boolean holds, String otherwise) throws UnreadablePictureException {
        if (!holds) {
            throw new UnreadablePictureException(otherwise);
        }
    }
}
