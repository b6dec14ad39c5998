package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a JPEG's numbers are the numbers of. */
class JpegFileTest {
    /** As cameras write it, and libjpeg reads it: components that are not called 1, 2, 3, and no word on their colours. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 4})
    void aJpegThatDoesNotNameItsColoursHasLumaAndChroma(int shift) throws Exception {
        byte[] whole = PictureReaderTest.file("baseline.jpg");
        assertThat(PictureReader.read(nameless(whole, 1 + shift, 2 + shift, 3 + shift))
                        .rgb())
                .isEqualTo(PictureReader.read(whole).rgb());
    }

    @Test
    void unlessItsComponentsAreCalledSo() throws Exception {
        byte[] whole = PictureReaderTest.file("baseline.jpg");
        assertThat(PictureReader.read(nameless(whole, 'R', 'G', 'B')).rgb())
                .isNotEqualTo(PictureReader.read(whole).rgb());
    }

    /** The file without its JFIF header, and with other names for its components. */
    private static byte[] nameless(byte[] jpeg, int... names) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        int behindJfif = 4 + ((jpeg[4] & 0xff) << 8 | (jpeg[5] & 0xff));
        out.write(jpeg, behindJfif, jpeg.length - behindJfif);
        byte[] file = out.toByteArray();
        for (int component = 0; component < names.length; component++) {
            file[segment(file, 0xc0) + 10 + 3 * component] = (byte) names[component];
            file[segment(file, 0xda) + 5 + 2 * component] = (byte) names[component];
        }
        return file;
    }

    private static int segment(byte[] jpeg, int marker) {
        for (int i = 0; i + 1 < jpeg.length; i++) {
            if ((jpeg[i] & 0xff) == 0xff && (jpeg[i + 1] & 0xff) == marker) {
                return i;
            }
        }
        throw new AssertionError("There is no such segment");
    }
}
