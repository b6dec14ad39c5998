package dev.darkroom.worker.image;

/**
 * Pictures of another size by Lanczos' kernel of three lobes, which is widened where the picture becomes smaller (Turkowski,
 * Filters for Common Resampling Tasks, 1990), first along the rows, then along the columns, with values of 8 bits between: what
 * diffusers' image processor has the Python Imaging Library do. Stateless.
 */
public final class Resampling {
    private static final int LOBES = 3;
    private static final int PRECISION = 22;
    private static final int HALF = 1 << (PRECISION - 1);

    private Resampling() {}

    /** What a row or column becomes: for each new value the first old one, and the weights from there. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never hashed
    private record Weights(int[] first, int[][] weights) {}

    /** The picture, stretched or shrunk to a size; itself where that is its size. */
    public static Picture resize(Picture picture, int width, int height) {
        Picture wide = picture.width() == width ? picture : rows(picture, width);
        return wide.height() == height ? wide : columns(wide, height);
    }

    private static Picture rows(Picture picture, int width) {
        Weights weights = weights(picture.width(), width);
        byte[] from = picture.rgb();
        byte[] to = new byte[Picture.CHANNELS * width * picture.height()];
        int at = 0;
        for (int y = 0; y < picture.height(); y++) {
            int row = y * picture.width();
            for (int x = 0; x < width; x++) {
                int first = (row + weights.first()[x]) * Picture.CHANNELS;
                for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                    to[at++] = sum(from, first + channel, Picture.CHANNELS, weights.weights()[x]);
                }
            }
        }
        return new Picture(width, picture.height(), to);
    }

    private static Picture columns(Picture picture, int height) {
        Weights weights = weights(picture.height(), height);
        int stride = picture.width() * Picture.CHANNELS;
        byte[] from = picture.rgb();
        byte[] to = new byte[stride * height];
        for (int y = 0; y < height; y++) {
            int first = weights.first()[y] * stride;
            for (int i = 0; i < stride; i++) {
                to[y * stride + i] = sum(from, first + i, stride, weights.weights()[y]);
            }
        }
        return new Picture(picture.width(), height, to);
    }

    private static byte sum(byte[] from, int first, int stride, int[] weights) {
        int sum = HALF;
        int at = first;
        for (int weight : weights) {
            sum += (from[at] & 0xff) * weight;
            at += stride;
        }
        return (byte) Math.max(0, Math.min(255, sum >> PRECISION));
    }

    private static Weights weights(int from, int to) {
        double scale = (double) from / to;
        double widened = Math.max(scale, 1);
        double reach = LOBES * widened;
        int[] firsts = new int[to];
        int[][] weights = new int[to][];
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            int first = (int) Math.max(0, centre - reach + 0.5);
            int end = (int) Math.min(from, centre + reach + 0.5);
            firsts[i] = first;
            weights[i] = weights(first, end, centre, widened);
        }
        return new Weights(firsts, weights);
    }

    /** In fixed point; their sum is 1, give or take a rounding. */
    private static int[] weights(int first, int end, double centre, double widened) {
        double[] exact = new double[end - first];
        double sum = 0;
        for (int i = 0; i < exact.length; i++) {
            exact[i] = lanczos((first + i - centre + 0.5) / widened);
            sum += exact[i];
        }
        int[] fixed = new int[exact.length];
        for (int i = 0; i < fixed.length; i++) {
            fixed[i] = (int) Math.round(exact[i] / sum * (1 << PRECISION));
        }
        return fixed;
    }

    private static double lanczos(double x) {
        return x >= -LOBES && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }
}
