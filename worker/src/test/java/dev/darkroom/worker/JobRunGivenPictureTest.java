package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.SourceImage;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.job.GivenImage;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PictureReader;
import dev.darkroom.worker.image.PngEncoder;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs that name a picture of the bucket, which may be anything, or not there. */
@Timeout(30)
class JobRunGivenPictureTest extends JobRunFixture {
    private static String job(String fields) {
        return JobWorld.JOB.replaceFirst("[{]", "{" + fields.replace('\'', '"') + ",");
    }

    private static byte[] png(int width, int height) {
        return PngEncoder.encode(new Picture(width, height, new byte[3 * width * height]), Map.of());
    }

    @Test
    void aPictureHasTheSizeOfTheOneThatItBeginsWith() throws Exception {
        world.store.place("inputs/wide.png", png(103, 71));
        world.deliver(job("'image':'inputs/wide.png','strength':0.5"), 1);

        assertThat(world.completed().images())
                .allSatisfy(image ->
                        assertThat(image.width() + "x" + image.height()).isEqualTo("96x64"));
        assertThat(world.steps()).as("half of the steps").isEqualTo(JobWorld.STEPS / 2);
    }

    @Test
    void aJobThatNamesASizeHasIt() throws Exception {
        world.store.place("inputs/a.png", png(20, 30));
        world.store.place("inputs/mask.png", png(7, 5));
        world.deliver(job("'image':'inputs/a.png','mask_image':'inputs/mask.png','width':64,'height':72"), 1);

        assertThat(world.completed().images())
                .allSatisfy(image ->
                        assertThat(image.width() + "x" + image.height()).isEqualTo("64x72"));
        assertThat(world.steps()).as("a mask's strength is 1").isEqualTo(JobWorld.STEPS);
        assertThat(world.completed().source())
                .contains(new SourceImage(
                        GivenImage.of("inputs/a.png")
                                .withMask("inputs/mask.png")
                                .withStrength(1),
                        Sha256.hex(png(20, 30)),
                        Optional.of(Sha256.hex(png(7, 5)))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'image':'inputs/none.png' | INVALID_JOB | image: inputs/none.png: bucket bucket has no such object",
                "'image':'pictures/job/claim.json' | INVALID_JOB | below inputs/ only (s3.input-prefix)",
                "'image':'inputs.png' | INVALID_JOB | below inputs/ only",
                "'image':'inputs/text.png' | INVALID_JOB | image: inputs/text.png cannot be read: it is none of",
                "'image':'inputs/large.png' | INVALID_JOB | larger than 33554432 bytes",
                "'image':'inputs/a.png','mask_image':'inputs/text.png' | INVALID_JOB | mask_image: inputs/text.png",
                "'image':'inputs/small.png' | UNSUPPORTED | The image is 60x64: a job for it names width and height",
                "'image':'inputs/a.png','image_guidance_scale':2 | UNSUPPORTED | no use for image_guidance_scale",
                "'image':'inputs/a.png','strength':0.1 | UNSUPPORTED | Of 4 steps a strength of 0.1 leaves none"
            })
    void aPictureThatIsNoneToBeginWithIsTheJobsFailure(String fields, FailureCode code, String why) throws Exception {
        world.store.place("inputs/a.png", png(64, 64));
        world.store.place("inputs/small.png", png(60, 64));
        world.store.place("inputs/text.png", new byte[] {1, 2, 3});
        world.store.place("inputs/large.png", new byte[PictureReader.MOST_BYTES + 1]);
        world.deliver(job(fields), 1);

        JobEvent.Failed failed = world.failed();
        assertThat(failed.code()).isEqualTo(code);
        assertThat(failed.message()).contains(why);
        assertThat(world.steps()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "8 | 'image':'inputs/a.png','strength':0.5 | neither strength nor mask_image",
                "9 | 'image':'inputs/a.png' | a job for it has image and mask_image",
            })
    void aModelIsGivenWhatItTakes(int channels, String fields, String why) throws Exception {
        world.model.unetChannels = channels;
        world.store.place("inputs/a.png", png(64, 64));
        world.deliver(job(fields), 1);

        assertThat(world.failed().code()).isEqualTo(FailureCode.UNSUPPORTED);
        assertThat(world.failed().message()).contains(why);
    }

    @Test
    void aBucketThatIsAwayIsWaitedFor() throws Exception {
        world.store.place("inputs/a.png", png(64, 64));
        world.acts.refuse("read a.png", 3);
        world.deliver(job("'image':'inputs/a.png'"), 1);

        assertThat(world.acts.all()).filteredOn("refused read a.png"::equals).hasSize(3);
        assertThat(world.completed().images()).hasSize(2);
    }

    @Test
    void aJobThatWaitsForItIsCancelledAtOnce() {
        world.acts.refuse("read a.png", Integer.MAX_VALUE);
        world.acts.then("refused read a.png", () -> world.cancels.add(new CancelRequest("job", Optional.empty())));
        world.deliver(job("'image':'inputs/a.png'"), 1);

        assertThat(world.acts.all()).endsWith("put outcome.json", "event job/cancelled", "accept");
        assertThat(world.acts.all())
                .filteredOn("refused read a.png"::equals)
                .as("tries")
                .hasSize(1);
    }
}
