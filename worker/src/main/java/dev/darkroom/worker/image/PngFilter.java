package dev.darkroom.worker.image;

/**
 * PNG's row filters. Each row is written as differences to its neighbours by the filter whose differences are smallest in
 * sum, which the specification recommends (ISO/IEC 15948, 12.8). The sum is that of every fourth value, and the filter of
 * the row above stays unless another one is clearly better: repeats are found between rows of one filter.
 */
final class PngFilter {
    private static final int FILTERS = 5;
    private static final int SAMPLED = 4; // not a multiple of three: each colour has its turn
    private static final double CLEARLY = 0.9;

    private final byte[] rgb;
    private final int length;
    private final byte[] result;

    private PngFilter(Picture picture) {
        this.rgb = picture.rgb();
        this.length = picture.width() * Picture.CHANNELS;
        this.result = new byte[picture.height() * (length + 1)];
    }

    /** All rows, each with its filter's number in front. */
    static byte[] filtered(Picture picture) {
        PngFilter filter = new PngFilter(picture);
        int number = 0;
        for (int y = 0; y < picture.height(); y++) {
            byte[] above = y == 0 ? new byte[filter.length] : filter.rgb;
            int from = y == 0 ? 0 : (y - 1) * filter.length;
            number = filter.best(y, above, from, number);
            filter.write(y, above, from, number);
        }
        return filter.result;
    }

    private int best(int y, byte[] above, int from, int before) {
        int row = y * length;
        int[] sums = new int[FILTERS];
        for (int i = Picture.CHANNELS; i < length; i += SAMPLED) {
            int value = rgb[row + i] & 0xff;
            int left = rgb[row + i - Picture.CHANNELS] & 0xff;
            int up = above[from + i] & 0xff;
            int corner = above[from + i - Picture.CHANNELS] & 0xff;
            sums[0] += Math.abs((byte) value);
            sums[1] += Math.abs((byte) (value - left));
            sums[2] += Math.abs((byte) (value - up));
            sums[3] += Math.abs((byte) (value - ((left + up) >>> 1)));
            sums[4] += Math.abs((byte) (value - paeth(left, up, corner)));
        }
        sums[before] = (int) (sums[before] * CLEARLY);
        int best = 0;
        for (int filter = 1; filter < FILTERS; filter++) {
            best = sums[filter] < sums[best] ? filter : best;
        }
        return best;
    }

    /** Writes one row; what is left of its first pixel counts as zero. */
    private void write(int y, byte[] above, int from, int filter) {
        int row = y * length;
        int to = y * (length + 1);
        result[to++] = (byte) filter;
        for (int i = 0; i < Picture.CHANNELS; i++) {
            int up = above[from + i] & 0xff;
            int predicted = filter == 3 ? up >>> 1 : up;
            result[to + i] = (byte) (rgb[row + i] - (filter < 2 ? 0 : predicted));
        }
        switch (filter) {
            case 0 -> System.arraycopy(rgb, row, result, to, length);
            case 1 -> left(row, to);
            case 2 -> up(row, above, from, to);
            case 3 -> average(row, above, from, to);
            default -> paeth(row, above, from, to);
        }
    }

    // A loop for each filter, which the compiler can unroll: one loop with a choice within took longer.

    private void left(int row, int to) {
        for (int i = Picture.CHANNELS; i < length; i++) {
            result[to + i] = (byte) (rgb[row + i] - rgb[row + i - Picture.CHANNELS]);
        }
    }

    private void up(int row, byte[] above, int from, int to) {
        for (int i = Picture.CHANNELS; i < length; i++) {
            result[to + i] = (byte) (rgb[row + i] - above[from + i]);
        }
    }

    private void average(int row, byte[] above, int from, int to) {
        for (int i = Picture.CHANNELS; i < length; i++) {
            int sum = (rgb[row + i - Picture.CHANNELS] & 0xff) + (above[from + i] & 0xff);
            result[to + i] = (byte) (rgb[row + i] - (sum >>> 1));
        }
    }

    private void paeth(int row, byte[] above, int from, int to) {
        for (int i = Picture.CHANNELS; i < length; i++) {
            int left = rgb[row + i - Picture.CHANNELS] & 0xff;
            int corner = above[from + i - Picture.CHANNELS] & 0xff;
            result[to + i] = (byte) (rgb[row + i] - paeth(left, above[from + i] & 0xff, corner));
        }
    }

    /** Whichever neighbour is nearest to left + up - corner; on a draw left, then up. */
    private static int paeth(int left, int up, int corner) {
        int toLeft = Math.abs(up - corner);
        int toUp = Math.abs(left - corner);
        int toCorner = Math.abs(left + up - 2 * corner);
        if (toLeft <= toUp && toLeft <= toCorner) {
            return left;
        }
        return toUp <= toCorner ? up : corner;
    }
}
