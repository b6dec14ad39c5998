package dev.darkroom.worker.image;

/**
 * Which pixels of a picture are made anew. The array is not copied: whoever makes a mask gives it away.
 *
 * @param width in pixels
 * @param height in pixels
 * @param anew row by row from the top, one a pixel
 */
@SuppressWarnings("ArrayRecordComponent") // pixels on their way to a batch: never compared, never hashed
public record Mask(int width, int height, boolean[] anew) {
    private static final int WHITE = 128;

    public Mask {
        if (width < 1 || height < 1 || anew.length != (long) width * height) {
            throw new IllegalArgumentException(
                    "A mask of " + width + "x" + height + " pixels does not have " + anew.length + " values");
        }
    }

    /** White is made anew: what is half grey or lighter, by the luma of ITU-R 601-2 that the Python Imaging Library takes. */
    public static Mask of(Picture picture) {
        boolean[] anew = new boolean[picture.width() * picture.height()];
        byte[] rgb = picture.rgb();
        for (int i = 0, at = 0; i < anew.length; i++, at += Picture.CHANNELS) {
            int luma = (rgb[at] & 0xff) * 19_595 + (rgb[at + 1] & 0xff) * 38_470 + (rgb[at + 2] & 0xff) * 7_471;
            anew[i] = (luma + 0x8000) >> 16 >= WHITE;
        }
        return new Mask(picture.width(), picture.height(), anew);
    }

    /** Whether a pixel is made anew. */
    public boolean at(int row, int column) {
        return anew[row * width + column];
    }
}
