package dev.darkroom.worker.image;

/**
 * A picture of 8 bits for each of red, green and blue. The array is not copied: whoever makes a picture gives it away.
 *
 * @param width in pixels, 1 to {@value #LONGEST_SIDE}
 * @param height in pixels, 1 to {@value #LONGEST_SIDE}
 * @param rgb row by row from the top, three bytes a pixel
 */
@SuppressWarnings("ArrayRecordComponent") // pixels on their way to an encoder: never compared, never hashed
public record Picture(int width, int height, byte[] rgb) {
    /** Bytes for each pixel. */
    static final int CHANNELS = 3;

    private static final int LONGEST_SIDE = 16_384;

    public Picture {
        checkSize(width, height, rgb.length, "bytes");
    }

    private static void checkSize(int width, int height, int length, String what) {
        if (width < 1 || height < 1 || width > LONGEST_SIDE || height > LONGEST_SIDE) {
            throw new IllegalArgumentException(
                    "A picture's sides must be from 1 to " + LONGEST_SIDE + " pixels: " + width + "x" + height);
        }
        if (length != (long) CHANNELS * width * height) {
            throw new IllegalArgumentException("A picture of " + width + "x" + height + " pixels has "
                    + (long) CHANNELS * width * height + " " + what + ", not " + length);
        }
    }

    /**
     * The picture that a decoder's output stands for: each value is halved, moved by a half, cut to 0 to 1, scaled to 255
     * and rounded, halves to the even neighbour.
     *
     * @param chw {@code (3, height, width)}, about -1 to 1
     * @throws UndevelopedPictureException when a value is infinite or not a number
     */
    public static Picture fromVae(float[] chw, int width, int height) {
        checkSize(width, height, chw.length, "values");
        int plane = width * height;
        byte[] rgb = new byte[CHANNELS * plane];
        for (int channel = 0; channel < CHANNELS; channel++) {
            int from = channel * plane;
            for (int i = 0, to = channel; i < plane; i++, to += CHANNELS) {
                float value = chw[from + i];
                if (!(Math.abs(value) <= Float.MAX_VALUE)) {
                    throw undeveloped(chw, from + i, width, height);
                }
                float unit = Math.min(Math.max(value / 2 + 0.5f, 0f), 1f);
                rgb[to] = (byte) (int) Math.rint(unit * 255f);
            }
        }
        return new Picture(width, height, rgb);
    }

    /** What an encoder takes: each value divided by 255, doubled, less 1; {@code (3, height, width)}, a new array. */
    public float[] forVae() {
        int plane = width * height;
        float[] chw = new float[rgb.length];
        for (int i = 0, at = 0; i < plane; i++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                chw[channel * plane + i] = 2f * ((rgb[at++] & 0xff) / 255f) - 1f;
            }
        }
        return chw;
    }

    private static UndevelopedPictureException undeveloped(float[] chw, int first, int width, int height) {
        int count = 0;
        for (float value : chw) {
            count += Float.isFinite(value) ? 0 : 1;
        }
        int place = first % (width * height);
        return new UndevelopedPictureException(count + " of " + chw.length
                + " decoded values are not finite; the first is " + chw[first] + " at channel "
                + first / (width * height) + ", row " + place / width + ", column " + place % width);
    }
}
