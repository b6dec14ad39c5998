package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A picture of noise, larger and smaller, as the Python Imaging Library makes it: to the bit. */
class ResamplingTest {
    @ParameterizedTest
    @CsvSource({"64, 64", "8, 8", "23, 40", "16, 17", "5, 3"})
    void isThatOfTheReference(int width, int height) throws Exception {
        Picture resized = Resampling.resize(source(), width, height);
        assertThat(resized.rgb()).isEqualTo(PictureReaderTest.unpacked("resized_" + width + "x" + height + ".rgb.gz"));
    }

    @Test
    void aPictureOfItsSizeStaysItself() throws Exception {
        Picture source = source();
        assertThat(Resampling.resize(source, 23, 17)).isSameAs(source);
    }

    @Test
    void aMaskIsWhiteFromHalfGreyOn() {
        byte[] rgb = {127, 127, 127, (byte) 128, (byte) 128, (byte) 128, (byte) 255, 0, 0, 0, (byte) 255, 0};
        assertThat(Mask.of(new Picture(4, 1, rgb)).anew()).containsExactly(false, true, false, true);
    }

    private static Picture source() throws Exception {
        return new Picture(23, 17, PictureReaderTest.unpacked("source_23x17.rgb.gz"));
    }
}
