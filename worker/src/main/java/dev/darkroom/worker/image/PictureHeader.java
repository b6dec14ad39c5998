package dev.darkroom.worker.image;

/**
 * What a file says of itself before anything is unpacked.
 *
 * @param width in pixels, as stored
 * @param height in pixels, as stored
 */
record PictureHeader(int width, int height) {
    /** More than any model takes, and 48 MiB when unpacked. */
    static final int MOST_PIXELS = 1 << 24;

    private static final int LONGEST_SIDE = 16_384;

    PictureHeader {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("A picture has at least one pixel: " + width + "x" + height);
        }
    }

    /**
     * Checked before memory is taken for the pixels.
     *
     * @throws UnreadablePictureException when there would be too many
     */
    static PictureHeader of(long width, long height) throws UnreadablePictureException {
        if (width < 1 || height < 1) {
            throw new UnreadablePictureException("its header says that it has no pixels");
        }
        if (width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > MOST_PIXELS) {
            throw new UnreadablePictureException("it is " + width + "x" + height + ", and a picture may have "
                    + MOST_PIXELS + " pixels and sides of " + LONGEST_SIDE + " at most");
        }
        return new PictureHeader((int) width, (int) height);
    }
}
