package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import dev.darkroom.worker.config.DeliveryConfig.Mode;
import dev.darkroom.worker.storage.S3ResultStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rows of {@code delivery.md}: for each a worker's process dies right after an act, and another worker does the rest.
 * Most of the time brokers wait for the dead, so several rows go on at once.
 */
class WorkerDeathsIT {
    private static final int AT_ONCE = 6;

    @TempDir
    private static Path folder;

    private static TestStack stack;
    private static ExecutorService rows;
    private static final Map<List<Object>, Future<Aftermath>> AFTERMATHS = new HashMap<>();

    @BeforeAll
    static void killThemAll() throws Exception {
        Files.createSymbolicLink(
                folder.resolve("shapes"), TestStack.MODELS.resolve("shapes").toRealPath());
        DemoModel.truncated(folder.resolve("truncated"));
        stack = new TestStack();
        rows = Executors.newFixedThreadPool(AT_ONCE);
        cases().map(Arguments::get)
                .forEach(row -> AFTERMATHS.put(
                        List.of(row),
                        rows.submit(() -> Aftermath.of(stack, folder, (Mode) row[0], (DeathRow) row[1]))));
    }

    @AfterAll
    static void close() throws Exception {
        rows.shutdownNow();
        rows.awaitTermination(60, TimeUnit.SECONDS);
        stack.close();
    }

    /** First those that take long: a transaction that nobody ends is ended by the broker after half a minute. */
    static Stream<Arguments> cases() {
        return Stream.of(Mode.CLASSIC, Mode.SHARE)
                .flatMap(mode -> DeathRow.all().map(row -> Arguments.of(mode, row)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("cases")
    void anotherWorkerDoesTheRest(Mode mode, DeathRow row) throws Exception {
        Aftermath aftermath = AFTERMATHS.get(List.<Object>of(mode, row)).get(5, TimeUnit.MINUTES);

        assertThat(aftermath.objectsAtDeath()).as("objects at death").isEqualTo(row.objects());
        assertThat(aftermath.backlogAtDeath())
                .as("records at death that were not settled")
                .isEqualTo(row.death() == Death.SETTLED ? 0 : 1);
        assertThat(aftermath.events())
                .extracting(event -> event.event().type())
                .as("events in the end")
                .containsExactlyInAnyOrderElementsOf(row.told(mode).events());
        assertOneOutcome(aftermath);
        assertThat(aftermath.letters())
                .hasSize(row.told(mode).letters())
                .allSatisfy(letter -> assertThat(letter.record().value())
                        .isEqualTo(row.job().json().getBytes(StandardCharsets.UTF_8)));
        assertThat(aftermath.objects())
                .isEqualTo(
                        row.job() == DeathRow.Job.GOOD
                                ? List.of("0.png", "1.png", "claim.json", "outcome.json", "result.json")
                                : List.of("claim.json", "outcome.json"));
    }

    /** However often it was told, and by whom. */
    private static void assertOneOutcome(Aftermath aftermath) throws Exception {
        List<CloudEvent> ends = new ArrayList<>(aftermath.events());
        ends.removeIf(event -> !event.event().terminal());
        assertThat(ends).extracting(CloudEvent::event).containsOnly(ends.get(0).event());
        assertThat(ends).extracting(CloudEvent::id).containsOnly(ends.get(0).id());
        try (S3ResultStore bucket = new S3ResultStore(aftermath.config().s3())) {
            JobLedger ledger = new JobLedger(bucket, aftermath.config().s3().prefix());
            assertThat(ledger.outcome("job")).contains(ends.get(0).event());
            if (ends.get(0).event() instanceof JobEvent.Completed completed) {
                for (StoredImage image : completed.images()) {
                    assertThat(Sha256.hex(bucket.get(image.key()))).isEqualTo(image.sha256());
                }
            }
        }
    }
}
