package dev.darkroom.worker.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads PNG and JPEG files that anybody may have made. A file is looked through first: its size is checked before memory is
 * taken for it, and only what its pixels need comes to the Java runtime's decoder, in memory. As in diffusers, it is turned
 * as its Exif says, and becomes 8 bits of red, green and blue; transparency and colour profiles are left out. Stateless.
 */
public final class PictureReader {
    /** The largest file that is worth reading. */
    public static final int MOST_BYTES = 32 << 20;

    private static final byte[] RIFF = "RIFF".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] GIF = "GIF8".getBytes(StandardCharsets.US_ASCII);
    private static final int EIGHT_BITS = 8;

    private PictureReader() {}

    /**
     * Reads a file.
     *
     * @param file {@value #MOST_BYTES} bytes at most
     * @throws UnreadablePictureException when it is no picture, a damaged one, or one that is not taken
     */
    public static Picture read(byte[] file) throws UnreadablePictureException {
        if (file.length > MOST_BYTES) {
            throw new UnreadablePictureException("it has " + file.length + " bytes, more than " + MOST_BYTES);
        }
        StoredPicture stored = check(file);
        return stored.orientation().upright(decode(stored));
    }

    private static StoredPicture check(byte[] file) throws UnreadablePictureException {
        if (PngFile.begins(file)) {
            return PngFile.check(file);
        }
        if (JpegFile.begins(file)) {
            return JpegFile.check(file);
        }
        throw new UnreadablePictureException("it is " + kind(file) + ": PNG and JPEG are taken");
    }

    private static String kind(byte[] file) {
        if (begins(file, RIFF)) {
            return "WebP, or another RIFF file";
        }
        return begins(file, GIF) ? "a GIF" : "none of the pictures that are known here";
    }

    private static boolean begins(byte[] file, byte[] start) {
        return file.length >= start.length && Arrays.equals(file, 0, start.length, start, 0, start.length);
    }

    private static Picture decode(StoredPicture stored) throws UnreadablePictureException {
        ImageReader reader = reader(stored.format());
        try (MemoryCacheImageInputStream in =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(stored.bytes()))) {
            reader.setInput(in, true, true);
            BufferedImage image = reader.read(0);
            if (image.getWidth() != stored.header().width()
                    || image.getHeight() != stored.header().height()) {
                throw new UnreadablePictureException("it has another size than its header says");
            }
            return rgb(image);
        } catch (IOException | RuntimeException e) { // a decoder meets damage in many ways
            throw new UnreadablePictureException("its pixels are damaged", e);
        } finally {
            reader.dispose();
        }
    }

    /** The Java runtime's own, whatever is on the class path. */
    private static ImageReader reader(String format) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getClass().getModule().equals(ImageIO.class.getModule())) {
                return reader;
            }
            reader.dispose();
        }
        throw new IllegalStateException("This Java runtime reads no " + format);
    }

    /** Values as they are stored: of deeper ones the upper 8 bits, of grey the same three times. */
    private static Picture rgb(BufferedImage image) {
        Raster raster = image.getRaster();
        int width = image.getWidth();
        byte[] rgb = new byte[Picture.CHANNELS * width * image.getHeight()];
        int bands = raster.getNumBands();
        int[] row = new int[width * bands];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                    rgb[at++] = (byte) value(image, row, x * bands, channel);
                }
            }
        }
        return new Picture(width, image.getHeight(), rgb);
    }

    private static int value(BufferedImage image, int[] row, int pixel, int channel) {
        if (image.getColorModel() instanceof IndexColorModel palette) {
            int shift = (Picture.CHANNELS - 1 - channel) * EIGHT_BITS;
            return (palette.getRGB(row[pixel]) >> shift) & 0xff;
        }
        boolean grey = image.getRaster().getNumBands() < Picture.CHANNELS;
        int band = grey ? 0 : channel;
        return row[pixel + band] >> (image.getSampleModel().getSampleSize(band) - EIGHT_BITS);
    }
}
