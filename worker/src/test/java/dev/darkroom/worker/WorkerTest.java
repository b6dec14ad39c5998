package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.JobClient;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import dev.darkroom.json.EventCodec;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One worker on a real broker, a real bucket and the demo model: what users see of their jobs. */
class WorkerTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

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
    void aJobBecomesAPictureInTheBucket() throws Exception {
        one.stack().send("circle", """
                {"id": "circle", "prompt": "a red circle on a blue background", "guidance_scale": 4, "seed": 42,
                 "num_inference_steps": 25, "scheduler": "ddim", "context": {"order": 17}}""");

        JobEvent.Completed completed = (JobEvent.Completed) one.events().awaitEnd("circle", LIMIT);

        StoredImage stored = completed.images().get(0);
        byte[] png = one.bucket().get(stored.key());
        assertThat(stored.bytes()).isEqualTo(png.length);
        assertThat(stored.sha256()).isEqualTo(Sha256.hex(png));
        assertThat(stored.seed()).isEqualTo(42);
        new ShapesPicture(ImageIO.read(new ByteArrayInputStream(png))).shows("blue", "red", Optional.empty());
        String manifest = stored.key().replaceFirst("[^/]+$", "result.json");
        assertThat(EventCodec.decode("completed", one.bucket().get(manifest))).isEqualTo(completed);

        List<CloudEvent> all = one.events().of("circle");
        assertThat(all).extracting(e -> e.event().type()).startsWith("started").endsWith("completed");
        assertThat(all).extracting(e -> e.event().context()).containsOnly(Optional.of("{\"order\": 17}"));
        assertThat(all).last().extracting(CloudEvent::id).isEqualTo("circle/completed");
    }

    @Test
    void severalPicturesHaveSeedsOfTheirOwnAndMayBeJpegs() throws Exception {
        one.stack().send("pair", """
                {"id": "pair", "prompt": "a green square on a white background", "num_images": 2, "seed": 7,
                 "guidance_scale": 4, "num_inference_steps": 4, "output": {"format": "jpeg", "quality": 80}}""");

        JobEvent.Completed completed = (JobEvent.Completed) one.events().awaitEnd("pair", LIMIT);

        assertThat(completed.images()).extracting(StoredImage::seed).containsExactly(7L, 8L);
        for (StoredImage image : completed.images()) {
            assertThat(image.format()).isEqualTo("jpeg");
            assertThat(image.key()).endsWith(".jpg");
            assertThat(ImageIO.read(new ByteArrayInputStream(one.bucket().get(image.key())))
                            .getWidth())
                    .isEqualTo(128);
        }
    }

    @Test
    void aJobIsCancelledWhileItRunsAndAnotherBeforeItCame() throws Exception {
        one.stack().send("long", """
                {"id": "long", "prompt": "a red ring", "num_inference_steps": 150, "width": 512, "height": 512}""");
        one.events().await("long", list -> count(list, "started") == 1, LIMIT);
        try (JobClient client =
                JobClient.create(Map.of("bootstrap.servers", one.stack().bootstrapServers()))) {
            client.cancel("unborn", Optional.empty()); // first: the worker knows of it when it knows of the other
            client.cancel("long", Optional.of("no longer wanted"));
        }
        assertThat(one.events().awaitEnd("long", LIMIT))
                .isInstanceOfSatisfying(
                        JobEvent.Cancelled.class,
                        cancelled -> assertThat(cancelled.step()).isLessThan(150));

        one.stack().send("unborn", "{\"id\": \"unborn\", \"prompt\": \"a red ring\"}");
        assertThat(one.events().awaitEnd("unborn", LIMIT)).isInstanceOf(JobEvent.Cancelled.class);
        assertThat(count(one.events().of("unborn"), "started")).isZero();
    }

    @Test
    void aJobThatHasEndedStaysAsItIsWhoeverCancelsIt() throws Exception {
        String job = "{\"id\": \"ended\", \"prompt\": \"a red ring\", \"num_inference_steps\": 1}";
        one.stack().send("ended", job);
        one.events().awaitEnd("ended", LIMIT);
        try (JobClient client =
                JobClient.create(Map.of("bootstrap.servers", one.stack().bootstrapServers()))) {
            client.cancel("ended", Optional.empty());
        }
        one.stack().send("ended", job);
        List<CloudEvent> all = one.events().await("ended", list -> count(list, "completed") == 2, LIMIT);
        assertThat(count(all, "cancelled")).isZero();
    }

    @Test
    void anAttemptThatIsNoNumberIsTheFirst() throws Exception {
        byte[] job = "{\"id\": \"banana\", \"prompt\": \"a red ring\", \"num_inference_steps\": 1}"
                .getBytes(StandardCharsets.UTF_8);
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>("darkroom.jobs", "banana".getBytes(StandardCharsets.UTF_8), job);
        record.headers().add("darkroom-attempt", "banana".getBytes(StandardCharsets.UTF_8));
        one.stack().send(record);
        assertThat(one.events().awaitEnd("banana", LIMIT))
                .isInstanceOfSatisfying(
                        JobEvent.Completed.class,
                        completed -> assertThat(completed.attempt()).isEqualTo(1));
    }

    @Test
    void theSameJobAgainIsToldAgainAndNotDevelopedAgain() throws Exception {
        String job = "{\"id\": \"again\", \"prompt\": \"a red ring\", \"num_inference_steps\": 2}";
        one.stack().send("again", job);
        JobEvent first = one.events().awaitEnd("again", LIMIT);
        one.stack().send("again", job);
        List<CloudEvent> all = one.events().await("again", list -> count(list, "completed") == 2, LIMIT);

        assertThat(all)
                .filteredOn(e -> e.event().terminal())
                .extracting(CloudEvent::id)
                .containsOnly("again/completed");
        assertThat(all)
                .filteredOn(e -> e.event().terminal())
                .extracting(CloudEvent::event)
                .containsOnly(first);
        assertThat(count(all, "started")).isEqualTo(1);
    }

    @Test
    void anotherJobUnderTheSameIdIsRejected() throws Exception {
        one.stack().send("taken", "{\"id\": \"taken\", \"prompt\": \"a red ring\", \"num_inference_steps\": 2}");
        one.events().awaitEnd("taken", LIMIT);
        one.stack().send("taken", "{\"id\": \"taken\", \"prompt\": \"a blue ring\", \"num_inference_steps\": 2}");
        List<CloudEvent> all = one.events().await("taken", list -> count(list, "rejected") == 1, LIMIT);

        assertThat(count(all, "completed")).isEqualTo(1);
        assertThat(all)
                .last()
                .extracting(CloudEvent::event)
                .isInstanceOfSatisfying(
                        JobEvent.Rejected.class,
                        rejected -> assertThat(rejected.code()).isEqualTo(FailureCode.DUPLICATE_ID));
    }

    static Stream<Arguments> badJobs() {
        return Stream.of(
                bad("wrong-types", "'prompt':7,'width':'big'", FailureCode.INVALID_JOB, "prompt: ", "width: "),
                bad("unknown-field", "'prompt':'x','promt':1", FailureCode.INVALID_JOB, "promt: "),
                bad(
                        "bad-size",
                        "'prompt':'x','width':100,'height':9000",
                        FailureCode.INVALID_JOB,
                        "width: ",
                        "height: "),
                bad("long-prompt", "'prompt':'" + "x".repeat(4001) + "'", FailureCode.INVALID_JOB, "prompt: ", "4000"),
                bad("control", "'prompt':'a\\u0007b'", FailureCode.INVALID_JOB, "prompt: "),
                bad("surrogate", "'prompt':'a\\ud800b'", FailureCode.INVALID_JOB, "prompt: "),
                bad("unknown-model", "'prompt':'x','model':'nope'", FailureCode.UNKNOWN_MODEL, "nope", "shapes"),
                bad("too-much-skip", "'prompt':'x','clip_skip':9", FailureCode.UNSUPPORTED, "2 layers"),
                bad("unknown-scheduler", "'prompt':'x','scheduler':'magic'", FailureCode.UNSUPPORTED, "magic", "ddim"));
    }

    private static Arguments bad(String id, String fields, FailureCode code, String... reasons) {
        String json = ("{'id':'" + id + "'," + fields + "}").replace('\'', '"');
        return Arguments.of(id, json.getBytes(StandardCharsets.UTF_8), code, List.of(reasons));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badJobs")
    void aBadJobFailsWithItsReasonsAndNoJobBehindItWaits(
            String id, byte[] value, FailureCode code, List<String> reasons) throws Exception {
        one.stack().send(id, value);
        one.stack().send("after-" + id, "{\"id\":\"after-" + id + "\",\"prompt\":\"\",\"num_inference_steps\":1}");

        assertThat(one.events().awaitEnd(id, LIMIT)).isInstanceOfSatisfying(JobEvent.Failed.class, failed -> {
            assertThat(failed.code()).isEqualTo(code);
            assertThat(failed.message()).contains(reasons);
        });
        assertThat(one.events().awaitEnd("after-" + id, LIMIT)).isInstanceOf(JobEvent.Completed.class);
    }

    static Stream<Arguments> unreadable() {
        return Stream.of(
                Arguments.of("undecodable", new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1}),
                Arguments.of("empty", new byte[0]),
                Arguments.of(
                        "five-megabytes",
                        "{\"id\":\"five-megabytes\",\"prompt\":\"%s\"}"
                                .formatted("x".repeat(5_000_000))
                                .getBytes(StandardCharsets.UTF_8)),
                Arguments.of("no-id", "{\"prompt\": \"x\"}".getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unreadable")
    void aRecordWithoutAnIdFailsUnderAnIdOfItsOwnAndNoJobBehindItWaits(String key, byte[] value) throws Exception {
        long before = unreadableEvents();
        one.stack().send(key, value);
        one.stack().send("after-" + key, "{\"id\":\"after-" + key + "\",\"prompt\":\"\",\"num_inference_steps\":1}");

        assertThat(one.events().awaitEnd("after-" + key, LIMIT)).isInstanceOf(JobEvent.Completed.class);
        assertThat(unreadableEvents()).isEqualTo(before + 1);
        assertThat(one.events().of(key))
                .as("events under the record's key, which is nobody's job id")
                .isEmpty();
    }

    private static long unreadableEvents() {
        return one.events().all().stream()
                .filter(e -> e.event() instanceof JobEvent.Failed failed
                        && failed.jobId().startsWith("unreadable-")
                        && failed.code() == FailureCode.INVALID_JOB)
                .count();
    }

    @Test
    void anIdHasOneOutcomeEvenIfAnInvalidOrImpossibleJobCameFirst() throws Exception {
        one.stack().send("first-bad", "{\"id\":\"first-bad\",\"prompt\":\"x\",\"model\":\"nope\"}");
        assertThat(one.events().awaitEnd("first-bad", LIMIT)).isInstanceOf(JobEvent.Failed.class);
        one.stack().send("first-bad", "{\"id\":\"first-bad\",\"prompt\":\"x\",\"num_inference_steps\":1}");
        List<CloudEvent> all = one.events().await("first-bad", list -> count(list, "rejected") == 1, LIMIT);

        assertThat(all).extracting(e -> e.event().type()).containsExactly("failed", "rejected");
    }

    @Test
    void aJobWhoseDeadlineHasPassedExpires() throws Exception {
        one.stack().send("late", "{\"id\":\"late\",\"prompt\":\"x\",\"deadline\":\"2020-01-01T00:00:00Z\"}");
        assertThat(one.events().awaitEnd("late", LIMIT)).isInstanceOf(JobEvent.Expired.class);
        assertThat(one.events().of("late")).as("never started").hasSize(1);
    }

    private static long count(List<CloudEvent> events, String type) {
        return events.stream().filter(e -> e.event().type().equals(type)).count();
    }
}
