package dev.darkroom.worker.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntBinaryOperator;

/** How a stored picture is to be held: the Orientation of Exif 2.3 (JEITA CP-3451C, 4.6.4), in the order of its values. */
enum Orientation {
    UPRIGHT,
    MIRRORED,
    UPSIDE_DOWN,
    FLIPPED,
    TRANSPOSED,
    TURNED_LEFT,
    TRANSVERSED,
    TURNED_RIGHT;

    private static final int TAG = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY = 12;
    private static final int BIG_ENDIAN = 0x4d4d;
    private static final int LITTLE_ENDIAN = 0x4949;
    private static final int TIFF = 42;

    /** What a block of Exif says, a TIFF structure; upright where it says nothing that can be read. */
    static Orientation of(byte[] exif, int from, int length) {
        ByteBuffer tiff = ByteBuffer.wrap(exif, from, length).slice();
        if (length < 8) {
            return UPRIGHT;
        }
        int order = tiff.getShort(0) & 0xffff;
        if (order != BIG_ENDIAN && order != LITTLE_ENDIAN) {
            return UPRIGHT;
        }
        tiff.order(order == BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        long directory = tiff.getInt(4) & 0xffff_ffffL;
        if (tiff.getShort(2) != TIFF || directory + Short.BYTES > length) {
            return UPRIGHT;
        }
        int entries = tiff.getShort((int) directory) & 0xffff;
        for (int entry = 0; entry < entries; entry++) {
            long at = directory + Short.BYTES + (long) entry * ENTRY;
            if (at + ENTRY > length) {
                return UPRIGHT;
            }
            if ((tiff.getShort((int) at) & 0xffff) == TAG && tiff.getShort((int) at + 2) == SHORT) {
                int value = tiff.getShort((int) at + 8) & 0xffff;
                return value >= 1 && value <= values().length ? values()[value - 1] : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    /** The picture as it is to be looked at. */
    Picture upright(Picture stored) {
        int width = stored.width();
        int height = stored.height();
        int right = width - 1;
        int bottom = height - 1;
        return switch (this) {
            case UPRIGHT -> stored;
            case MIRRORED -> turned(stored, width, height, (x, y) -> y * width + right - x);
            case UPSIDE_DOWN -> turned(stored, width, height, (x, y) -> (bottom - y) * width + right - x);
            case FLIPPED -> turned(stored, width, height, (x, y) -> (bottom - y) * width + x);
            case TRANSPOSED -> turned(stored, height, width, (x, y) -> x * width + y);
            case TURNED_LEFT -> turned(stored, height, width, (x, y) -> (bottom - x) * width + y);
            case TRANSVERSED -> turned(stored, height, width, (x, y) -> (bottom - x) * width + right - y);
            case TURNED_RIGHT -> turned(stored, height, width, (x, y) -> x * width + right - y);
        };
    }

    /** Where each pixel of the new picture is in the stored one. */
    private static Picture turned(Picture stored, int width, int height, IntBinaryOperator place) {
        byte[] from = stored.rgb();
        byte[] to = new byte[from.length];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int pixel = place.applyAsInt(x, y) * Picture.CHANNELS;
                for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                    to[at++] = from[pixel + channel];
                }
            }
        }
        return new Picture(width, height, to);
    }
}
