package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aDecodersOutputBecomesDiffusersPicture(int row) throws IOException {
        int values = 3 * 64 * 64;
        float[] output = new float[values];
        ByteBuffer.wrap(unzipped("vae_output_2x3x64x64.f32.gz"))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(row * values, output);
        byte[] image = Arrays.copyOfRange(unzipped("vae_image_2x64x64x3.u8.gz"), row * values, (row + 1) * values);
        assertThat(Picture.fromVae(output, 64, 64).rgb()).isEqualTo(image);
    }

    @Test
    void valuesAreCutAndRoundedToTheEvenNeighbour() {
        float[] chw = {-2f, -1f, 0f, 1f, 7f, 1 / 255f, -3 / 255f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f};
        byte[] rgb = Picture.fromVae(chw, 3, 2).rgb();
        int[] red = new int[6];
        for (int i = 0; i < 6; i++) {
            red[i] = rgb[3 * i] & 0xff;
        }
        // 0 stands for 127.5, which is as near to 128 as to 127: the even one is taken.
        assertThat(red).containsExactly(0, 0, 128, 255, 255, 128);
        assertThat(rgb[1] & 0xff).isEqualTo(126);
        assertThat(rgb[4] & 0xff).isEqualTo(128);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aValueThatIsNotFiniteIsReportedWithItsPlace(float bad) {
        float[] chw = new float[3 * 4 * 2];
        chw[8 + 5] = bad;
        chw[16] = Float.NaN;
        assertThatThrownBy(() -> Picture.fromVae(chw, 4, 2))
                .isInstanceOf(UndevelopedPictureException.class)
                .hasMessageContaining("2 of 24")
                .hasMessageContaining("channel 1, row 1, column 1");
    }

    @Test
    void aPictureHoldsWhatItsSizeSays() {
        assertThatThrownBy(() -> new Picture(2, 2, new byte[11]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2x2")
                .hasMessageContaining("11");
        assertThatThrownBy(() -> new Picture(0, 2, new byte[0])).hasMessageContaining("0x2");
        assertThatThrownBy(() -> new Picture(1, 100_000, new byte[300_000])).hasMessageContaining("100000");
        assertThatThrownBy(() -> Picture.fromVae(new float[13], 2, 2)).hasMessageContaining("12 values, not 13");
    }

    private static byte[] unzipped(String name) throws IOException {
        try (InputStream file = Objects.requireNonNull(PictureTest.class.getResourceAsStream("/image/" + name), name);
                InputStream in = new GZIPInputStream(file)) {
            return in.readAllBytes();
        }
    }
}
