package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PngEncoder;
import dev.darkroom.worker.storage.InMemoryResultStore;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InputShelfTest {
    private static final byte[] LARGE = png(3000, 2000);
    private static final byte[] MASK = png(2500, 2500);

    private final InMemoryResultStore store = new InMemoryResultStore("bucket");
    private final InputShelf shelf = new InputShelf(store, "inputs");

    private static byte[] png(int width, int height) {
        return PngEncoder.encode(new Picture(width, height, new byte[3 * width * height]), Map.of());
    }

    @BeforeEach
    void place() throws Exception {
        store.ensureBucket();
        store.putIfAbsent("inputs/large.png", LARGE, "image/png");
        store.putIfAbsent("inputs/mask.png", MASK, "image/png");
        store.putIfAbsent("inputs/small.png", png(100, 70), "image/png");
    }

    /** A job holds them while it waits for its model, and a worker may have two hundred jobs. */
    @Test
    void whatIsHeldIsAsLargeAsWhatIsMade() throws Exception {
        GenerationJob job = GenerationJob.builder("job", "a dot")
                .given(GivenImage.of("inputs/large.png").withMask("inputs/mask.png"))
                .width(128)
                .height(64)
                .build();
        GivenPictures pictures = shelf.read(job, new StopSignal()).orElseThrow();
        assertThat(pictures.image().picture().rgb()).hasSize(3 * 128 * 64);
        assertThat(pictures.image().sha256()).isEqualTo(Sha256.hex(LARGE));
        assertThat(pictures.mask().orElseThrow().picture().rgb()).hasSize(3 * 128 * 64);
        assertThat(pictures.mask().orElseThrow().sha256()).isEqualTo(Sha256.hex(MASK));
    }

    @Test
    void aMaskIsAsLargeAsItsPictureWhereTheJobLeavesThatOpen() throws Exception {
        GivenPictures pictures = shelf.read(
                        GenerationJob.builder("job", "a dot")
                                .given(GivenImage.of("inputs/small.png").withMask("inputs/mask.png"))
                                .build(),
                        new StopSignal())
                .orElseThrow();
        assertThat(pictures.image().picture().width()).isEqualTo(96);
        assertThat(pictures.image().picture().height()).isEqualTo(64);
        assertThat(pictures.mask().orElseThrow().picture().rgb()).hasSize(3 * 96 * 64);
    }

    @Test
    void aLargePictureNeedsASize() {
        GenerationJob job = GenerationJob.builder("job", "a dot")
                .given(GivenImage.of("inputs/large.png"))
                .build();
        assertThatThrownBy(() -> shelf.read(job, new StopSignal()))
                .isInstanceOf(JobFailedException.class)
                .hasMessageContaining("The image is 3000x2000");
    }

    /** Many jobs wait here for each other: none of those that are to go on elsewhere is read for first. */
    @Test
    void aJobThatIsStoppedIsNotReadFor() {
        StopSignal stop = new StopSignal();
        stop.raise();
        GenerationJob job = GenerationJob.builder("job", "a dot")
                .given(GivenImage.of("inputs/none.png"))
                .build();
        assertThatThrownBy(() -> shelf.read(job, stop)).isInstanceOf(StoppedException.class);
    }
}
