package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.image.Picture;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecentPicturesTest {
    private static Picture grey(int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        Arrays.fill(rgb, (byte) 200);
        return new Picture(width, height, rgb);
    }

    @ParameterizedTest
    @CsvSource({"512,512,128,128", "1024,256,128,32", "3,900,1,128", "128,64,128,64", "129,129,128,128"})
    void aPictureIsMadeSmallAndKeepsItsShapeAndColour(int width, int height, int smallWidth, int smallHeight) {
        Picture small = RecentPictures.shrink(grey(width, height));
        assertThat(small.width()).isEqualTo(smallWidth);
        assertThat(small.height()).isEqualTo(smallHeight);
        assertThat(small.rgb()).containsOnly((byte) 200);
    }

    @Test
    void aSmallPictureHasTheMeanOfWhatFallsOnAPixel() {
        byte[] rgb = new byte[256 * 256 * 3];
        for (int i = 0; i < 256 * 256; i++) {
            rgb[3 * i] = (byte) (i % 2 == 0 ? 0 : 254); // red in every second column
        }
        Picture small = RecentPictures.shrink(new Picture(256, 256, rgb));
        assertThat(small.rgb()[0]).isEqualTo((byte) 127);
        assertThat(small.rgb()[1]).isZero();
    }

    @Test
    void theOldestGoes() {
        RecentPictures pictures = new RecentPictures(2);
        for (String job : new String[] {"a", "b", "c"}) {
            pictures.add(job, grey(64, 64));
        }
        assertThat(pictures.shown()).extracting(WorkerStatus.Shown::job).containsExactly("c", "b");
        assertThat(pictures.jpeg(1)).isEmpty();
        assertThat(pictures.jpeg(3)).isPresent();
    }

    @Test
    void noneIsKeptWhereNoneIsWanted() {
        RecentPictures.NONE.add("a", grey(64, 64));
        assertThat(RecentPictures.NONE.shown()).isEmpty();
    }
}
