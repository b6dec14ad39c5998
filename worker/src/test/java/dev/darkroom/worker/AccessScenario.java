package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.lag.LagExporter;
import dev.darkroom.worker.ops.AdminClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * What the users of a queue do in a working day: each with a name of its own. Jobs of all lanes that end well, that fail
 * for good, and that are tried again; letters that are sent back; requests to cancel; the worker's page; the lag.
 */
final class AccessScenario {
    static final String OPERATOR = "operator";
    static final String WORKER = "worker";
    static final String SENDER = "sender";
    static final String READER = "reader";
    static final String EXPORTER = "exporter";
    static final List<String> USERS = List.of(OPERATOR, WORKER, SENDER, READER, EXPORTER);

    private static final String TOKEN = "a-token-of-the-page-0123456789";
    private static final List<String> LANES = List.of("high", "normal", "low");

    private final SecuredStack stack;
    private final String delivery;
    private final Path catalogue;

    /**
     * @param delivery {@code share} or {@code classic}
     * @param directory where the catalogue goes: the demo model, and one that nobody has
     */
    AccessScenario(SecuredStack stack, String delivery, Path directory) throws IOException {
        this.stack = stack;
        this.delivery = delivery;
        Path shapes = TestStack.MODELS.toAbsolutePath().normalize().resolve("shapes");
        catalogue = Files.writeString(
                directory.resolve("catalogue.yaml"),
                "- {id: shapes, source: " + shapes + "}\n- {id: absent, source: " + directory.resolve("absent")
                        + "}\n");
    }

    String delivery() {
        return delivery;
    }

    /** The settings of a user. */
    Map<String, String> as(String user) {
        Map<String, String> environment = stack.withPassword(user);
        environment.put("DARKROOM_DELIVERY", delivery);
        environment.put("DARKROOM_MODELS", catalogue.toString());
        environment.put("DARKROOM_RETRY_ATTEMPTS", "2");
        environment.put("DARKROOM_SLOTS", "2");
        environment.put("DARKROOM_ADMIN_TOKEN", TOKEN);
        return environment;
    }

    /** All of it. Any step that is refused fails the test. */
    void run() throws Exception {
        succeed(OPERATOR, "init");
        try (Worker worker = Worker.start(SecuredStack.config(as(WORKER), "worker-1"))) {
            for (String lane : LANES) {
                submit(lane, "good", "--num-inference-steps", "2");
                submit(lane, "bad", "--num-inference-steps", "2", "--clip-skip", "9");
                submit(lane, "late", "--num-inference-steps", "2", "--model", "absent");
            }
            succeed(OPERATOR, "cancel", "nobody");
            usePage(worker.adminPort());
            for (String lane : LANES) {
                assertThat(watch("good-" + lane)).contains("completed");
                assertThat(watch("bad-" + lane)).contains("UNSUPPORTED");
                assertThat(watch("late-" + lane)).contains("tried again").contains("failed");
            }
            assertThat(succeed(OPERATOR, "dead-letters list")).contains("bad-high", "late-low");
            assertThat(succeed(OPERATOR, "dead-letters send-back", "--code", "UNSUPPORTED"))
                    .contains("bad-low");
            readLag();
        }
    }

    /** What the page does, the worker does with its own rights. */
    private void usePage(int port) throws Exception {
        AdminClient page = new AdminClient(port);
        String[] headers = {"Authorization", "Bearer " + TOKEN, "Accept", "application/json"};
        HttpResponse<String> cancelled = page.post("/cancel", Map.of("job", "nobody-either"), headers);
        assertThat(cancelled.statusCode()).as(cancelled.body()).isBetween(200, 299);
        HttpResponse<String> sent = page.post(
                "/submit", Map.of("prompt", "a red ring", "num_inference_steps", "2", "lane", "low"), headers);
        assertThat(sent.statusCode()).as(sent.body()).isBetween(200, 299);
    }

    void submit(String lane, String name, String... more) {
        String[] arguments = new String[more.length + 6];
        List<String> first = List.of("--id", name + "-" + lane, "--prompt", "a red ring", "--lane", lane);
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = i < first.size() ? first.get(i) : more[i - first.size()];
        }
        succeed(SENDER, "submit", arguments);
    }

    String watch(String jobId) {
        return SecuredStack.run(as(READER), "watch", jobId, "--timeout", "PT60S")
                .out();
    }

    private String succeed(String user, String command, String... arguments) {
        CommandRun run = SecuredStack.run(as(user), command, arguments);
        assertThat(run.exitCode()).as(command + ": " + run.err() + run.out()).isZero();
        return run.out();
    }

    void readLag() throws Exception {
        try (LagExporter exporter = LagExporter.start(SecuredStack.config(as(EXPORTER), "lag"), Clock.systemUTC())) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + exporter.port() + "/lag"))
                    .build();
            HttpClient client = HttpClient.newHttpClient();
            Patiently.until(
                    () -> client.send(request, HttpResponse.BodyHandlers.ofString()),
                    answer -> answer.statusCode() == 200);
        }
    }
}
