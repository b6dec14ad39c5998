package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.JobSource;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole worker whose bucket goes away and comes back. */
class BucketOutageTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String JOB = "{\"id\": \"%s\", \"prompt\": \"a red ring\", \"num_inference_steps\": 2}";

    @TempDir
    private Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    @ParameterizedTest
    @ValueSource(strings = {"share", "classic"})
    void aWorkerWithoutItsBucketTakesNothingSaysSoAndGoesOnByItself(String delivery) throws Exception {
        try (TestStack stack = new TestStack();
                RestartableBucket bucket = new RestartableBucket(folder)) {
            try (Worker worker = Worker.start(config(stack, bucket, delivery), parts());
                    EventLog events = stack.events()) {
                stack.send("warm", JOB.formatted("warm"));
                events.awaitEnd("warm", LIMIT);
                assertThat(readiness(worker).statusCode()).isEqualTo(200);

                bucket.goAway();
                stack.send("held", JOB.formatted("held"));
                HttpResponse<String> unready = awaitReadiness(worker, events, answer -> answer.statusCode() == 503);
                assertThat(unready.body()).contains("it does not answer", "s3.endpoint");
                assertThat(status(worker, "/livez")).isEqualTo(200);
                stack.send("later", JOB.formatted("later"));

                bucket.comeBack();
                assertThat(events.awaitEnd("held", LIMIT)).isInstanceOf(JobEvent.Completed.class);
                assertThat(events.awaitEnd("later", LIMIT)).isInstanceOf(JobEvent.Completed.class);
                awaitReadiness(worker, events, answer -> answer.statusCode() == 200);
                assertThat(asked).containsExactly("suspend", "resume");
                assertThat(events.of("held"))
                        .as("held through the outage, not handed back")
                        .filteredOn(event -> event.event() instanceof JobEvent.Started)
                        .hasSize(1);
                assertThat(events.all()).extracting(CloudEvent::event).noneMatch(JobEvent.Failed.class::isInstance);
                worker.stop();
            }
        }
    }

    private WorkerParts parts() {
        return new WorkerParts(
                WorkerParts.REAL.loader(), UnaryOperator.identity(), UnaryOperator.identity(), NotedSource::new);
    }

    private static WorkerConfig config(TestStack stack, RestartableBucket bucket, String delivery) {
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.putAll(bucket.environment());
        environment.put("DARKROOM_ADMIN_PORT", "0");
        return ConfigLoader.load(Optional.empty(), environment, Map.of("delivery", delivery), "worker-1");
    }

    private HttpResponse<String> awaitReadiness(
            Worker worker, EventLog events, Predicate<HttpResponse<String>> condition) throws Exception {
        Instant end = Instant.now().plus(LIMIT);
        HttpResponse<String> answer = readiness(worker);
        while (!condition.test(answer)) {
            assertThat(Instant.now()).as(answer.toString()).isBefore(end);
            events.poll(Duration.ofMillis(100));
            answer = readiness(worker);
        }
        return answer;
    }

    private int status(Worker worker, String path) throws Exception {
        return ask(worker, path).statusCode();
    }

    private HttpResponse<String> readiness(Worker worker) throws Exception {
        return ask(worker, "/readyz");
    }

    private HttpResponse<String> ask(Worker worker, String path) throws Exception {
        URI address = URI.create("http://127.0.0.1:" + worker.adminPort() + path);
        return client.send(
                HttpRequest.newBuilder(address).timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Notes when the source is told to take no jobs, and to take jobs again. */
    private final class NotedSource extends ForwardingSource {
        NotedSource(JobSource source) {
            super(source);
        }

        @Override
        public void suspend() {
            asked.add("suspend");
            source.suspend();
        }

        @Override
        public void resume() {
            asked.add("resume");
            source.resume();
        }
    }
}
