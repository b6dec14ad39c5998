package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngEncoderTest {
    @ParameterizedTest
    @CsvSource({"1,1", "8,8", "9,5", "64,128", "333,7", "512,512", "2048,2048"})
    void everyPixelIsReadBack(int width, int height) throws IOException {
        for (Picture picture : new Picture[] {noise(width, height), gradient(width, height), flat(width, height)}) {
            BufferedImage read = ImageIO.read(new ByteArrayInputStream(PngEncoder.encode(picture, Map.of())));
            assertThat(read.getWidth()).isEqualTo(width);
            assertThat(read.getHeight()).isEqualTo(height);
            assertThat(pixels(read)).isEqualTo(picture.rgb());
        }
    }

    @Test
    void filtersMakeASmoothPictureSmall() {
        assertThat(PngEncoder.encode(gradient(256, 256), Map.of())).hasSizeLessThan(256 * 256 / 16);
    }

    @Test
    void textureIsNotSearchedForRepeats() {
        Picture picture = texture(512, 512);
        assertThat(PngEncoder.encode(picture, Map.of())).hasSizeLessThan(searched(picture).length * 97 / 100);
    }

    @Test
    void aDrawingIsSearchedForRepeats() {
        Picture picture = drawing(512, 512);
        assertThat(PngEncoder.encode(picture, Map.of())).hasSizeLessThan(searched(picture).length * 105 / 100);
    }

    /** Strips of both kinds, in both orders, within one stream. */
    @Test
    void aPictureThatIsBothIsReadBack() throws IOException {
        int rows = 2 * PixelDeflater.STRIP / (3 * 512);
        byte[] rgb = texture(512, 4 * rows).rgb();
        byte[] other = drawing(512, 4 * rows).rgb();
        System.arraycopy(other, rows * 3 * 512, rgb, rows * 3 * 512, rows * 3 * 512);
        System.arraycopy(other, 3 * rows * 3 * 512, rgb, 3 * rows * 3 * 512, rows * 3 * 512);
        Picture picture = new Picture(512, 4 * rows, rgb);
        byte[] png = PngEncoder.encode(picture, Map.of());
        assertThat(pixels(ImageIO.read(new ByteArrayInputStream(png)))).isEqualTo(rgb);
        assertThat(png).hasSizeLessThan(searched(picture).length);
    }

    @Test
    void theSamePictureGivesTheSameBytes() {
        Picture picture = noise(64, 64);
        assertThat(PngEncoder.encode(picture, Map.of("a", "b")))
                .isEqualTo(PngEncoder.encode(picture, Map.of("a", "b")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "a \"quoted\" \\ cat, with: colons\nand lines\r\n",
                "кот 🐱 猫 👩‍👩‍👧 e\u0301",
                "IEND\u0001\u007f\uffff"
            })
    void aTextIsReadBack(String text) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("parameters", text);
        texts.put("darkroom", "{}");
        assertThat(ReferencePngTexts.read(PngEncoder.encode(flat(8, 8), texts))).isEqualTo(texts);
    }

    @Test
    void whatATextCannotHoldIsReplaced() {
        byte[] png = PngEncoder.encode(flat(8, 8), Map.of("parameters", "a\0b\ud83dc\udc31"));
        assertThat(ReferencePngTexts.read(png)).containsEntry("parameters", "a\ufffdb\ufffdc\ufffd");
    }

    @Test
    void theParametersAreInTheFile() {
        GenerationParameters parameters = GenerationParametersTest.parameters("a \"red\" cat 🐱", "dogs");
        assertThat(ReferencePngTexts.read(PngEncoder.encode(flat(8, 8), parameters)))
                .containsEntry("parameters", parameters.parametersText())
                .containsEntry("darkroom", parameters.json())
                .hasSize(2);
    }

    @Test
    void everyChunkHasItsChecksum() {
        ByteBuffer file = ByteBuffer.wrap(PngEncoder.encode(noise(33, 17), Map.of("a", "text")));
        file.position(8);
        StringBuilder types = new StringBuilder();
        while (file.hasRemaining()) {
            byte[] data = new byte[file.getInt() + 4];
            file.get(data);
            CRC32 checksum = new CRC32();
            checksum.update(data);
            assertThat(file.getInt()).isEqualTo((int) checksum.getValue());
            types.append(new String(data, 0, 4, StandardCharsets.US_ASCII)).append(' ');
        }
        assertThat(types).hasToString("IHDR iTXt IDAT IEND ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " a", "a ", "a  b", "a\nb", "a\0b", "кот"})
    void aKeywordThatPngForbidsIsRefused(String keyword) {
        assertThatThrownBy(() -> PngEncoder.encode(flat(8, 8), Map.of(keyword, "text")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keyword");
    }

    @Test
    void lengthsAreBounded() {
        assertThatThrownBy(() -> PngEncoder.encode(flat(8, 8), Map.of("k".repeat(80), "text")))
                .hasMessageContaining("keyword");
        assertThatThrownBy(() -> PngEncoder.encode(flat(8, 8), Map.of("k", "x".repeat((1 << 20) + 1))))
                .hasMessageContaining("1048577");
    }

    /** What a search for repeats everywhere makes of the rows, at the encoder's level. */
    private static byte[] searched(Picture picture) {
        Deflater deflater = new Deflater(4);
        deflater.setStrategy(Deflater.FILTERED);
        deflater.setInput(PngFilter.filtered(picture));
        deflater.finish();
        byte[] result = new byte[2 * picture.rgb().length];
        int length = 0;
        while (!deflater.finished()) {
            length += deflater.deflate(result, length, result.length - length);
        }
        deflater.end();
        return Arrays.copyOf(result, length);
    }

    /** Smooth colours under a little noise, as a VAE decodes a photograph. */
    static Picture texture(int width, int height) {
        Random random = new Random(5);
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            int x = i / 3 % width;
            int y = i / 3 / width;
            double smooth = 128 + 60 * Math.sin(x * 0.011 + i % 3) + 50 * Math.cos(y * 0.007 - i % 3);
            rgb[i] = (byte) Math.round(smooth + random.nextGaussian());
        }
        return new Picture(width, height, rgb);
    }

    /** Flat shapes. */
    static Picture drawing(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            int x = i / 3 % width % 100 - 50;
            int y = i / 3 / width % 80 - 40;
            rgb[i] = (byte) (x * x + y * y < 900 ? 70 * (i % 3) : 200);
        }
        return new Picture(width, height, rgb);
    }

    static Picture noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(width * 31L + height).nextBytes(rgb);
        return new Picture(width, height, rgb);
    }

    static Picture gradient(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            rgb[3 * i] = (byte) (i % width);
            rgb[3 * i + 1] = (byte) (i / width);
            rgb[3 * i + 2] = (byte) (i % width + i / width);
        }
        return new Picture(width, height, rgb);
    }

    private static Picture flat(int width, int height) {
        return new Picture(width, height, new byte[3 * width * height]);
    }

    static byte[] pixels(BufferedImage image) {
        int[] argb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        byte[] rgb = new byte[3 * argb.length];
        for (int i = 0; i < argb.length; i++) {
            rgb[3 * i] = (byte) (argb[i] >> 16);
            rgb[3 * i + 1] = (byte) (argb[i] >> 8);
            rgb[3 * i + 2] = (byte) argb[i];
        }
        return rgb;
    }
}
