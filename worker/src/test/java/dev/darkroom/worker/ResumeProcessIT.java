package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker as users run it is told to stop in the middle of a job, and another one goes on from there. */
class ResumeProcessIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String READY = "takes jobs from";
    private static final Pattern RESUMED = Pattern.compile("Job disturbed: resumes at step (\\d+) of 150");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"share", "classic"})
    void aJobThatIsHandedBackGoesOnToTheSamePicture(String delivery) throws Exception {
        try (TestStack stack = new TestStack();
                WorkerProcess first = worker(stack, "first", delivery)) {
            first.awaitOutput(READY, LIMIT);
            try (EventLog events = stack.events()) {
                isHandedOn(stack, events, first, delivery);
            }
        }
    }

    private void isHandedOn(TestStack stack, EventLog events, WorkerProcess first, String delivery) throws Exception {
        stack.send("undisturbed", job("undisturbed"));
        JobEvent.Completed undisturbed = (JobEvent.Completed) events.awaitEnd("undisturbed", LIMIT);

        stack.send("disturbed", job("disturbed"));
        events.await("disturbed", list -> progress(list).size() > 1, LIMIT);
        first.terminate();
        assertThat(first.awaitExit(LIMIT)).isZero();
        assertThat(first.output()).contains("is left for the next worker");

        try (WorkerProcess second = worker(stack, "second", delivery)) {
            JobEvent.Completed disturbed = (JobEvent.Completed) events.awaitEnd("disturbed", LIMIT);
            Matcher resumed = RESUMED.matcher(second.output());
            assertThat(resumed.find()).as(second.output()).isTrue();
            List<Integer> progress = progress(events.of("disturbed"));
            assertThat(Integer.parseInt(resumed.group(1))).isBetween(progress.get(1), 149);
            assertThat(progress).isSorted().doesNotHaveDuplicates();
            assertThat(disturbed.images())
                    .extracting(StoredImage::sha256)
                    .containsExactlyElementsOf(undisturbed.images().stream()
                            .map(StoredImage::sha256)
                            .toList());
            second.terminate();
            assertThat(second.awaitExit(LIMIT)).isZero();
        }
    }

    private static List<Integer> progress(List<CloudEvent> events) {
        return events.stream()
                .map(CloudEvent::event)
                .filter(JobEvent.Progress.class::isInstance)
                .map(event -> ((JobEvent.Progress) event).step())
                .toList();
    }

    private WorkerProcess worker(TestStack stack, String id, String delivery) throws Exception {
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("DARKROOM_WORKER_ID", id);
        environment.put("DARKROOM_DELIVERY", delivery);
        environment.put("DARKROOM_DRAIN_TIMEOUT", "PT0S");
        environment.put("DARKROOM_CHECKPOINT_ON_DRAIN", "true");
        return WorkerProcess.start(directory, environment, "work");
    }

    /** Some seconds of work. */
    private static String job(String id) {
        return "{\"id\":\"" + id + "\",\"prompt\":\"a red circle on a blue background\",\"num_inference_steps\":150,"
                + "\"num_images\":4,\"seed\":1,\"scheduler\":\"dpmpp_2m_sde\"}";
    }
}
