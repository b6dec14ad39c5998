package dev.darkroom.worker.image;

/**
 * PNG's row filters. Each row is written as differences to its neighbours by the filter whose differences are smallest
 * in sum, which the specification recommends (ISO/IEC 15948, 12.8).
 */
final class PngFilter {
    private static final int FILTERS = 5;

    private PngFilter() {}

    /** All rows, each with its filter's number in front. */
    static byte[] filtered(Picture picture) {
        int length = picture.width() * Picture.CHANNELS;
        byte[] result = new byte[picture.height() * (length + 1)];
        byte[] above = new byte[length];
        byte[] row = new byte[length];
        byte[][] candidates = new byte[FILTERS][length];
        for (int y = 0; y < picture.height(); y++) {
            System.arraycopy(picture.rgb(), y * length, row, 0, length);
            filter(row, above, candidates);
            int best = best(candidates);
            int start = y * (length + 1);
            result[start] = (byte) best;
            System.arraycopy(candidates[best], 0, result, start + 1, length);
            byte[] done = above;
            above = row;
            row = done;
        }
        return result;
    }

    private static void filter(byte[] row, byte[] above, byte[][] candidates) {
        System.arraycopy(row, 0, candidates[0], 0, row.length);
        for (int i = 0; i < row.length; i++) {
            int value = row[i] & 0xff;
            int up = above[i] & 0xff;
            int left = i < Picture.CHANNELS ? 0 : row[i - Picture.CHANNELS] & 0xff;
            int corner = i < Picture.CHANNELS ? 0 : above[i - Picture.CHANNELS] & 0xff;
            candidates[1][i] = (byte) (value - left);
            candidates[2][i] = (byte) (value - up);
            candidates[3][i] = (byte) (value - ((left + up) >>> 1));
            candidates[4][i] = (byte) (value - paeth(left, up, corner));
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

    private static int best(byte[][] candidates) {
        int best = 0;
        int smallest = Integer.MAX_VALUE;
        for (int filter = 0; filter < FILTERS; filter++) {
            int sum = 0;
            for (byte difference : candidates[filter]) {
                sum += Math.abs(difference);
            }
            if (sum < smallest) {
                smallest = sum;
                best = filter;
            }
        }
        return best;
    }
}
