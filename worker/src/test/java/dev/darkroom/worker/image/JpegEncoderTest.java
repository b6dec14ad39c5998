package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JpegEncoderTest {
    @ParameterizedTest
    @CsvSource({"8,8", "64,136", "2048,8"})
    void thePictureIsReadBackNearly(int width, int height) throws IOException {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            rgb[3 * i] = (byte) 214;
            rgb[3 * i + 1] = 40;
            rgb[3 * i + 2] = (byte) (i % width * 255 / width);
        }
        BufferedImage read =
                ImageIO.read(new ByteArrayInputStream(JpegEncoder.encode(new Picture(width, height, rgb), 100)));
        byte[] pixels = PngEncoderTest.pixels(read);
        assertThat(pixels).hasSameSizeAs(rgb);
        for (int i = 0; i < width * height; i++) {
            assertThat(pixels[3 * i] & 0xff).isBetween(214 - 12, 214 + 12);
            assertThat(pixels[3 * i + 1] & 0xff).isBetween(40 - 12, 40 + 12);
        }
    }

    @Test
    void aHigherQualityTakesMoreBytesAndIsRepeatable() {
        Picture picture = PngEncoderTest.noise(64, 64);
        byte[] low = JpegEncoder.encode(picture, 1);
        byte[] high = JpegEncoder.encode(picture, 95);
        assertThat(high.length).isGreaterThan(2 * low.length);
        assertThat(JpegEncoder.encode(picture, 95)).isEqualTo(high);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 101})
    void aQualityOutOfRangeIsRefused(int quality) {
        assertThatThrownBy(() -> JpegEncoder.encode(PngEncoderTest.noise(8, 8), quality))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Integer.toString(quality));
    }
}
