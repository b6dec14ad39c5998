package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import dev.darkroom.worker.storage.S3ResultStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two workers are replaced one after the other, as a rolling update does, and then put back, as a rollback does, while jobs
 * come in. The first ones are of another version where {@value #OLDER} names its jar (deploy/real/side-by-side.sh does),
 * otherwise of this one with other settings.
 */
class RollingUpdateIT {
    private static final String OLDER = "darkroom.older.jar";
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final String READY = "takes jobs from";
    private static final int JOBS_OF_A_STAGE = 6;

    @TempDir
    private Path directory;

    private TestStack stack;
    private final List<String> sent = new ArrayList<>();
    private final List<WorkerProcess> started = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        stack = new TestStack();
    }

    @AfterEach
    void close() throws Exception {
        started.forEach(WorkerProcess::close);
        stack.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"share", "classic"})
    void everyJobHasOneOutcomeThroughUpdateAndRollback(String delivery) throws Exception {
        WorkerProcess first = older("older-1", delivery);
        WorkerProcess second = older("older-2", delivery);
        first.awaitOutput(READY, LIMIT);
        second.awaitOutput(READY, LIMIT);
        try (EventLog events = stack.events()) {
            send(events);
            WorkerProcess third = replace(first, newer("newer-1", delivery));
            send(events);
            WorkerProcess fourth = replace(second, newer("newer-2", delivery));
            send(events);
            WorkerProcess fifth = replace(third, older("older-3", delivery));
            send(events);
            WorkerProcess sixth = replace(fourth, older("older-4", delivery));
            send(events);
            for (String job : sent) {
                assertThat(events.awaitEnd(job, LIMIT)).as(job).isInstanceOf(JobEvent.Completed.class);
            }
            end(fifth);
            end(sixth);
            events.catchUp();
            assertOneOutcomeEach(events);
            System.out.println(delivery + ": " + summary(events));
        }
    }

    /** Some jobs at once, so that workers have some when they are stopped; goes on when one of them has begun. */
    private void send(EventLog events) throws InterruptedException {
        String last = "";
        for (int i = 0; i < JOBS_OF_A_STAGE; i++) {
            last = "job-" + sent.size();
            sent.add(last);
            String topic = i % 3 == 0 ? "darkroom.jobs.high" : "darkroom.jobs";
            stack.send(topic, last, job(last, sent.size()).getBytes(StandardCharsets.UTF_8));
        }
        String one = last;
        events.await(one, list -> !list.isEmpty(), LIMIT);
    }

    /** Half a second of work or more. */
    private static String job(String id, int seed) {
        return "{\"id\":\"" + id
                + "\",\"prompt\":\"a red circle on a blue background\",\"num_inference_steps\":60,\"seed\":" + seed
                + "}";
    }

    /** The other one is ready before this one is stopped, as with {@code maxUnavailable: 0}. */
    private WorkerProcess replace(WorkerProcess old, WorkerProcess by) throws Exception {
        by.awaitOutput(READY, LIMIT);
        end(old);
        return by;
    }

    private static void end(WorkerProcess worker) throws IOException, InterruptedException {
        worker.terminate();
        assertThat(worker.awaitExit(LIMIT)).as(worker.output()).isZero();
    }

    private void assertOneOutcomeEach(EventLog events) throws Exception {
        try (S3ResultStore bucket = stack.bucket()) {
            for (String job : sent) {
                List<CloudEvent> ends = events.of(job).stream()
                        .filter(event -> event.event().terminal())
                        .toList();
                assertThat(ends).extracting(CloudEvent::id).as(job).hasSize(1);
                for (StoredImage image : ((JobEvent.Completed) ends.get(0).event()).images()) {
                    assertThat(Sha256.hex(bucket.get(image.key()))).isEqualTo(image.sha256());
                }
            }
        }
        assertThat(new TreeSet<>(events.all().stream()
                        .filter(event -> event.event().terminal())
                        .map(event -> event.event().jobId())
                        .toList()))
                .isEqualTo(new TreeSet<>(sent));
    }

    private String summary(EventLog events) {
        Map<String, Long> ends = events.all().stream()
                .filter(event -> event.event().terminal())
                .collect(Collectors.groupingBy(CloudEvent::source, TreeMap::new, Collectors.counting()));
        long begun = events.all().stream()
                .filter(event -> event.event() instanceof JobEvent.Started)
                .count();
        return sent.size() + " jobs, begun " + begun + " times, each ended once; by worker " + ends;
    }

    private WorkerProcess older(String id, String delivery) throws IOException {
        Map<String, String> environment = environment(id, delivery);
        Optional<Path> jar = Optional.ofNullable(System.getProperty(OLDER)).map(Path::of);
        if (jar.isEmpty()) {
            environment.put("DARKROOM_SLOTS", "2");
            environment.put("DARKROOM_LANES_HIGH", "3");
        }
        WorkerProcess worker = jar.isEmpty()
                ? WorkerProcess.start(directory, environment, "work")
                : WorkerProcess.ofJar(jar.get(), directory, environment, "work");
        started.add(worker);
        return worker;
    }

    private WorkerProcess newer(String id, String delivery) throws IOException {
        WorkerProcess worker = WorkerProcess.start(directory, environment(id, delivery), "work");
        started.add(worker);
        return worker;
    }

    /** So little time to finish that jobs are handed back from one to the other, half done. */
    private Map<String, String> environment(String id, String delivery) {
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("DARKROOM_WORKER_ID", id);
        environment.put("DARKROOM_DELIVERY", delivery);
        environment.put("DARKROOM_KAFKA_TOPICS_PARTITIONS", "2");
        environment.put("DARKROOM_DRAIN_TIMEOUT", "PT0S");
        environment.put("DARKROOM_CHECKPOINT_ON_DRAIN", "true");
        return environment;
    }
}
