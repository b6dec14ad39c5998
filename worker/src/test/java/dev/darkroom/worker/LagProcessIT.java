package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exporter as it is run beside the workers: the packaged jar, in a process of its own. */
class LagProcessIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Pattern PORT = Pattern.compile("on port (\\d+)");

    @TempDir
    private Path folder;

    @Test
    void itTellsOfTheQueueAndLoadsNothingOfTheEngine() throws Exception {
        Path classes = folder.resolve("classes.txt");
        try (TestStack stack = new TestStack()) {
            WorkerSetup.initialise(stack.config("init"));
            stack.send("waiting", "{\"id\": \"waiting\", \"prompt\": \"x\"}");
            Map<String, String> environment = stack.environment();
            environment.put("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + classes);
            try (WorkerProcess exporter = WorkerProcess.start(folder, environment, "lag")) {
                exporter.awaitOutput("/lag, /metrics", LIMIT);
                awaitJob(port(exporter));

                exporter.terminate();
                assertThat(exporter.awaitExit(LIMIT)).isZero();
            }
        }
        assertThat(Files.readString(classes))
                .contains("dev.darkroom.worker.lag.LagExporter")
                .doesNotContain(" ai.djl.", " ai.onnxruntime.", " io.minio.", " okhttp3.", " com.google.protobuf.");
    }

    private static int port(WorkerProcess exporter) throws IOException {
        Matcher port = PORT.matcher(exporter.output());
        assertThat(port.find()).isTrue();
        return Integer.parseInt(port.group(1));
    }

    private static void awaitJob(int port) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/lag"))
                .timeout(LIMIT)
                .build();
        Instant limit = Instant.now().plus(LIMIT);
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        while (answer.statusCode() != 200) {
            assertThat(Instant.now()).as(answer.body()).isBefore(limit);
            answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        }
        assertThat(answer.body()).contains("\"desired_replicas\":1,", "\"jobs\":1,");
    }
}
