package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.LoraRef;
import dev.darkroom.event.StoredImage;
import dev.darkroom.json.EventCodec;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.image.PngTexts;
import dev.darkroom.worker.storage.S3ResultStore;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One worker, one model and two LoRAs beside it. */
@Timeout(120)
class LorasTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String INK = "[{\"id\": \"ink\", \"scale\": 0.5}]";

    @TempDir
    private static Path folder;

    private static TestStack stack;
    private static EventLog events;
    private static S3ResultStore bucket;
    private static Worker worker;

    @BeforeAll
    static void open() throws Exception {
        DemoModel.copy(folder.resolve("shapes"));
        DemoLora.write(folder.resolve("ink.safetensors"), 1);
        DemoLora.write(folder.resolve("grain.safetensors"), 2);
        stack = new TestStack();
        Map<String, String> settings = Map.of("models", folder.toString(), "slots", "2");
        worker = Worker.start(ConfigLoader.load(Optional.empty(), stack.environment(), settings, "worker-1"));
        events = stack.events();
        bucket = stack.bucket();
    }

    @AfterAll
    static void close() throws Exception {
        worker.close();
        bucket.close();
        events.close();
        stack.close();
    }

    @Test
    void aLoraChangesThePictureAndIsRecorded() throws Exception {
        JobEvent.Completed plain = completed("plain", "a red ring", "[]", "plain");
        JobEvent.Completed changed = completed("changed", "a red ring", INK, "plain");
        assertThat(pixels(changed)).isNotEqualTo(pixels(plain));
        assertThat(plain.model().loras()).isEmpty();
        String sha256 = HexFormat.of().formatHex(Sha256.of(Files.readAllBytes(folder.resolve("ink.safetensors"))));
        assertThat(changed.model().id()).isEqualTo("shapes");
        assertThat(changed.model().sha256()).isEqualTo(plain.model().sha256());
        assertThat(changed.model().loras()).containsExactly(new LoraRef("ink", 0.5, sha256));

        StoredImage image = changed.images().get(0);
        String manifest = image.key().substring(0, image.key().lastIndexOf('/') + 1) + "result.json";
        assertThat(EventCodec.decode("completed", bucket.get(manifest))).isEqualTo(changed);
        Map<String, String> texts = PngTexts.read(new ByteArrayInputStream(bucket.get(image.key())));
        assertThat(texts.get("parameters")).contains("a red ring <lora:ink:0.5>\n", "Lora hashes: \"ink: ");
        assertThat(texts.get("darkroom")).contains("\"lora_sha256\":{\"ink\":\"" + sha256 + "\"}");
    }

    @Test
    void aTagInAWeightedPromptDoesWhatTheFieldDoes() throws Exception {
        JobEvent.Completed field = completed("field", "a red ring", INK, "weighted");
        JobEvent.Completed tag = completed("tag", "a red ring<lora:ink:0.5>", "[]", "weighted");
        assertThat(pixels(tag)).isEqualTo(pixels(field));
        assertThat(tag.model()).isEqualTo(field.model());
    }

    @Test
    void jobsOfDifferentSetsRunSideBySideAndAreNotMixed() throws Exception {
        String both = "[{\"id\": \"ink\"}, {\"id\": \"grain\", \"scale\": 0.25}]";
        for (int i = 0; i < 2; i++) {
            send("both-" + i, "a red ring", both, "plain");
            send("one-" + i, "a red ring", "[{\"id\": \"ink\"}]", "plain");
            send("none-" + i, "a red ring", "[]", "plain");
        }
        for (String kind : List.of("both", "one", "none")) {
            assertThat(pixels(await(kind + "-0"))).isEqualTo(pixels(await(kind + "-1")));
        }
        assertThat(pixels(await("both-0"))).isNotEqualTo(pixels(await("one-0")));
        assertThat(pixels(await("one-0"))).isNotEqualTo(pixels(await("none-0")));
        assertThat(worker.models().loaded()).containsOnly("shapes").hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void anUnknownLoraAndOneThatDoesNotFitFailTheJob() throws Exception {
        assertFails("unknown", "[{\"id\": \"no-such\"}]", FailureCode.UNKNOWN_MODEL, "no-such", "grain, ink");
        assertFails("unknown-0", "[{\"id\": \"no-such\", \"scale\": 0}]", FailureCode.UNKNOWN_MODEL, "no-such");
        assertFails("a-model", "[{\"id\": \"shapes\"}]", FailureCode.UNKNOWN_MODEL, "'shapes'");
    }

    @Test
    void aPictureIsMadeAgainWithItsLora() throws Exception {
        StoredImage image = completed("again", "a red ring<lora:grain>", INK, "weighted")
                .images()
                .get(0);
        Path picture = Files.write(folder.resolve("again.png"), bucket.get(image.key()));
        List<String> generate = List.of(
                "generate",
                "--model",
                folder.resolve("shapes").toString(),
                "--from",
                picture.toString(),
                "--lora",
                folder.resolve("ink.safetensors").toString(),
                "--output",
                folder.resolve("out").toString(),
                "--lora");
        CommandRun run = CommandRun.run(with(generate, folder.resolve("grain.safetensors")));
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(folder.resolve("out/0.png")).hasSameBinaryContentAs(picture);

        Path other = Files.createDirectories(folder.resolve("other")).resolve("grain.safetensors");
        CommandRun wrong = CommandRun.run(with(generate, DemoLora.write(other, 3)));
        assertThat(wrong.exitCode()).isEqualTo(1);
        assertThat(wrong.err()).contains("made with the LoRA 'grain' with the SHA-256 '");
        CommandRun absent = CommandRun.run(generate.subList(0, 5).toArray(new String[0]));
        assertThat(absent.err()).contains("There is no file of the LoRA", "--lora");
    }

    private static String[] with(List<String> arguments, Path last) {
        return Stream.concat(arguments.stream(), Stream.of(last.toString())).toArray(String[]::new);
    }

    private static void assertFails(String id, String loras, FailureCode code, String... words) throws Exception {
        send(id, "x", loras, "plain");
        assertThat(events.awaitEnd(id, LIMIT)).isInstanceOfSatisfying(JobEvent.Failed.class, failed -> {
            assertThat(failed.code()).isEqualTo(code);
            assertThat(failed.message()).contains(words);
        });
    }

    private static JobEvent.Completed completed(String id, String prompt, String loras, String syntax)
            throws Exception {
        send(id, prompt, loras, syntax);
        return await(id);
    }

    private static JobEvent.Completed await(String id) throws Exception {
        JobEvent end = events.awaitEnd(id, LIMIT);
        assertThat(end).isInstanceOf(JobEvent.Completed.class);
        return (JobEvent.Completed) end;
    }

    private static void send(String id, String prompt, String loras, String syntax) throws InterruptedException {
        stack.send(id, """
                {"id": "%s", "prompt": "%s", "seed": 7, "num_inference_steps": 2, "loras": %s, "prompt_syntax": "%s"}""".formatted(id, prompt, loras, syntax));
    }

    private static List<Integer> pixels(JobEvent.Completed completed) throws Exception {
        var image = ImageIO.read(
                new ByteArrayInputStream(bucket.get(completed.images().get(0).key())));
        int[] rgb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        return Arrays.stream(rgb).boxed().toList();
    }
}
