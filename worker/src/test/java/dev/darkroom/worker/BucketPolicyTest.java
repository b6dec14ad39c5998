package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedStack;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.BucketPolicy.Grant;
import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PngEncoder;
import dev.darkroom.worker.storage.Uploads;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What Darkroom asks of a bucket, held to the policies of {@code deploy/access.md}. */
@ResourceLock(Resources.SYSTEM_OUT)
class BucketPolicyTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String BUCKET = "fresh";

    @TempDir
    private Path directory;

    @Test
    void requestsAreThoseThatThePoliciesAllow() throws Exception {
        try (EmbeddedStack stack = EmbeddedStack.start();
                RequestLog log = new RequestLog(stack.s3().port())) {
            Map<String, String> environment = environment(stack, log);
            stack.s3().createBucket("models");
            S3Config s3 = SecuredStack.config(environment, "uploader").s3();
            Uploads.folder(s3, "models", "shapes/", TestStack.MODELS.resolve("shapes"));

            int uploaded = log.requests().size();
            succeed(environment, "init");
            int initialised = log.requests().size();
            Uploads.put(
                    SecuredStack.config(environment, "sender").s3(),
                    BUCKET,
                    "inputs/cat.png",
                    PngEncoder.encode(new Picture(128, 128, new byte[3 * 128 * 128]), Map.of()));
            int sent = log.requests().size();
            work(environment, log, stack.kafka().bootstrapServers());
            int worked = log.requests().size();
            assertThat(succeed(environment, "dead-letters send-back", "--code", "UNSUPPORTED"))
                    .contains("bad");

            List<String> all = log.requests();
            assertAllowed("sender", all.subList(initialised, sent));
            assertAllowed("worker", all.subList(sent, worked));
            List<String> operator = new ArrayList<>(all.subList(uploaded, initialised));
            operator.addAll(all.subList(worked, all.size()));
            assertAllowed("operator", operator);
        }
    }

    private Map<String, String> environment(EmbeddedStack stack, RequestLog log) throws Exception {
        Path shapes = TestStack.MODELS.toAbsolutePath().normalize().resolve("shapes");
        Path catalogue = Files.writeString(
                directory.resolve("catalogue.yaml"),
                "- {id: shapes, source: " + shapes + "}\n- {id: far, source: \"s3://models/shapes/\"}\n- {id: absent,"
                        + " source: " + directory.resolve("absent") + "}\n");
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("DARKROOM_S3_ENDPOINT", log.address());
        environment.put("DARKROOM_S3_BUCKET", BUCKET);
        environment.put("DARKROOM_MODELS", catalogue.toString());
        environment.put(
                "DARKROOM_MODEL_CACHE_FOLDER", directory.resolve("cache").toString());
        environment.put("DARKROOM_DEFAULT_MODEL", "shapes");
        environment.put("DARKROOM_ADMIN_PORT", "0");
        environment.put("DARKROOM_RETRY_ATTEMPTS", "2");
        environment.put("DARKROOM_DRAIN_TIMEOUT", "PT0S");
        environment.put("DARKROOM_CHECKPOINT_ON_DRAIN", "true");
        return environment;
    }

    /** Jobs that end well, fail, are tried again, outlive the bucket's absence and their worker. */
    private static void work(Map<String, String> environment, RequestLog log, String servers) throws Exception {
        WorkerConfig config = SecuredStack.config(environment, "worker");
        try (EventLog events = new EventLog(servers, "darkroom.events")) {
            try (Worker worker = Worker.start(config)) {
                submit(environment, "good", "2");
                submit(environment, "far", "2", "--model", "far");
                submit(environment, "anew", "4", "--image", "inputs/cat.png");
                submit(environment, "bad", "2", "--clip-skip", "9");
                submit(environment, "late", "2", "--model", "absent");
                submit(environment, "given", "2", "--image", "inputs/none.png");
                for (String id : List.of("good", "far", "anew")) {
                    assertThat(events.awaitEnd(id, LIMIT)).isInstanceOf(JobEvent.Completed.class);
                }
                for (String id : List.of("bad", "late", "given")) {
                    assertThat(events.awaitEnd(id, LIMIT)).isInstanceOf(JobEvent.Failed.class);
                }
                log.goAway();
                submit(environment, "waiting", "2");
                awaitReady(worker, 503);
                log.comeBack();
                awaitReady(worker, 200);
                assertThat(events.awaitEnd("waiting", LIMIT)).isInstanceOf(JobEvent.Completed.class);
                submit(environment, "cut", "150", "--num-images", "4");
                events.await("cut", list -> list.size() > 1, LIMIT);
            }
            try (Worker second = Worker.start(config)) {
                assertThat(second).isNotNull();
                assertThat(events.awaitEnd("cut", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            }
        }
        assertThat(log.requests()).anyMatch(request -> request.startsWith("DELETE /fresh/pictures/.unfinished/cut/"));
    }

    private static void awaitReady(Worker worker, int status) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.adminPort() + "/readyz"))
                .build();
        HttpClient client = HttpClient.newHttpClient();
        Patiently.until(
                () -> client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode(),
                answer -> answer == status);
    }

    private static void submit(Map<String, String> environment, String id, String steps, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("--id", id, "--prompt", "a red ring", "--num-inference-steps", steps));
        arguments.addAll(List.of(more));
        succeed(environment, "submit", arguments.toArray(String[]::new));
    }

    private static String succeed(Map<String, String> environment, String command, String... arguments) {
        CommandRun run = SecuredStack.run(environment, command, arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run.out();
    }

    /** Nothing else was asked for, and nothing is allowed that was not. */
    private static void assertAllowed(String who, List<String> requests) throws Exception {
        BucketPolicy policy = BucketPolicy.parse(AccessPage.policy(who).replace(":::darkroom", ":::" + BUCKET));
        List<Grant> asked =
                requests.stream().map(BucketPolicy::asked).distinct().toList();
        assertThat(asked).as(who).allMatch(each -> policy.grantFor(each).isPresent());
        assertThat(policy.grants())
                .as(who)
                .allMatch(grant ->
                        asked.stream().anyMatch(each -> policy.grantFor(each).equals(Optional.of(grant))));
    }

    @Test
    void aReaderGetsPicturesAndNothingElse() throws Exception {
        BucketPolicy policy = BucketPolicy.parse(AccessPage.policy("reader"));

        assertThat(policy.grantFor(BucketPolicy.asked("GET /darkroom/pictures/a/0123456789abcdef/0.png")))
                .isPresent();
        assertThat(List.of(
                        "GET /darkroom/other",
                        "PUT /darkroom/pictures/a",
                        "DELETE /darkroom/pictures/a",
                        "HEAD /darkroom"))
                .allMatch(
                        request -> policy.grantFor(BucketPolicy.asked(request)).isEmpty());
    }
}
