package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PictureReader;
import dev.darkroom.worker.image.PngEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A picture goes into a real bucket, and a job that names it through a real broker: what becomes of it. */
class WorkerGivenPictureIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int SIDE = 128;

    private static OneWorker one;

    @BeforeAll
    static void open() throws Exception {
        one = OneWorker.start();
    }

    @AfterAll
    static void close() throws Exception {
        one.close();
    }

    @Test
    void aPictureIsMadeAnewInPartOrAsAWhole() throws Exception {
        Picture circle = made("circle", "\"prompt\": \"a red circle on a blue background\", \"seed\": 42");
        one.bucket().putIfAbsent("inputs/circle.png", PngEncoder.encode(circle, Map.of()), "image/png");
        one.bucket().putIfAbsent("inputs/left.png", PngEncoder.encode(leftHalf(), Map.of()), "image/png");
        String square = "\"prompt\": \"a green square on a yellow background\", \"seed\": 7,"
                + " \"image\": \"inputs/circle.png\"";

        Picture little = made("little", square + ", \"strength\": 0.2");
        Picture masked = made("masked", square + ", \"mask_image\": \"inputs/left.png\"");

        double near = difference(circle, little, 0, SIDE);
        double kept = difference(circle, masked, SIDE / 2 + 8, SIDE);
        double anew = difference(circle, masked, 0, SIDE / 2 - 8);
        assertThat(near).as("the demo model recolours early, but not all").isLessThan(anew / 2);
        assertThat(kept).isLessThan(12);
        assertThat(anew).isGreaterThan(3 * kept);
    }

    @Test
    void aPictureThatIsNotThereFailsItsJobAlone() throws Exception {
        one.stack().send("absent", "{\"id\": \"absent\", \"prompt\": \"x\", \"image\": \"inputs/absent.png\"}");
        one.bucket().putIfAbsent("inputs/text", "no picture".getBytes(StandardCharsets.UTF_8), "text/plain");
        one.stack().send("text", "{\"id\": \"text\", \"prompt\": \"x\", \"image\": \"inputs/text\"}");

        JobEvent.Failed absent = (JobEvent.Failed) one.events().awaitEnd("absent", LIMIT);
        assertThat(absent.code()).isEqualTo(FailureCode.INVALID_JOB);
        assertThat(absent.message()).contains("inputs/absent.png", "no such object");
        JobEvent.Failed text = (JobEvent.Failed) one.events().awaitEnd("text", LIMIT);
        assertThat(text.code()).isEqualTo(FailureCode.INVALID_JOB);
        assertThat(text.message()).contains("inputs/text", "PNG and JPEG");
    }

    private static Picture made(String id, String fields) throws Exception {
        one.stack()
                .send(
                        id,
                        "{\"id\": \"" + id + "\", \"guidance_scale\": 4, \"scheduler\": \"ddim\","
                                + " \"num_inference_steps\": 20, " + fields + "}");
        JobEvent end = one.events().awaitEnd(id, LIMIT);
        assertThat(end).isInstanceOf(JobEvent.Completed.class);
        return PictureReader.read(
                one.bucket().get(((JobEvent.Completed) end).images().get(0).key()));
    }

    private static Picture leftHalf() {
        byte[] white = new byte[3 * SIDE * SIDE];
        for (int i = 0; i < white.length; i++) {
            white[i] = (byte) (i / 3 % SIDE < SIDE / 2 ? 255 : 0);
        }
        return new Picture(SIDE, SIDE, white);
    }

    /** The mean difference of two pictures' values, between two columns. */
    private static double difference(Picture one, Picture other, int from, int to) {
        long sum = 0;
        int count = 0;
        for (int i = 0; i < one.rgb().length; i++) {
            int column = i / 3 % SIDE;
            if (column >= from && column < to) {
                sum += Math.abs((one.rgb()[i] & 0xff) - (other.rgb()[i] & 0xff));
                count++;
            }
        }
        return (double) sum / count;
    }
}
