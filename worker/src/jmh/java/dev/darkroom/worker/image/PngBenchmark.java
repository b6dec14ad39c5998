package dev.darkroom.worker.image;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A PNG file from pixels, beside ImageIO's. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PngBenchmark {
    @Param({"128", "512", "1024"})
    public int side;

    /** Smooth colours with a little noise, or the picture in the README, scaled. */
    @Param({"texture", "drawing"})
    public String picture;

    private Picture pixels;
    private BufferedImage image;

    @Setup
    public void draw() throws IOException {
        ImageIO.setUseCache(false);
        pixels = picture.equals("texture") ? PngEncoderTest.texture(side, side) : drawing();
        image = new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR);
        byte[] bgr = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < bgr.length; i++) {
            bgr[i] = pixels.rgb()[i / 3 * 3 + 2 - i % 3];
        }
        System.out.println();
        System.out.println("Bytes of a " + picture + " of " + side + ": " + darkroom().length + ", by ImageIO "
                + imageIo().length);
    }

    private Picture drawing() throws IOException {
        BufferedImage small =
                ImageIO.read(Path.of(System.getProperty("jmh.picture")).toFile());
        BufferedImage scaled = new BufferedImage(side, side, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(small, 0, 0, side, side, null);
        graphics.dispose();
        return new Picture(side, side, PngEncoderTest.pixels(scaled));
    }

    @Benchmark
    public byte[] darkroom() {
        return PngEncoder.encode(pixels, Map.of());
    }

    @Benchmark
    public byte[] imageIo() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream(pixels.rgb().length / 2);
        ImageIO.write(image, "png", file);
        return file.toByteArray();
    }
}
