package dev.darkroom.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.minio.errors.ErrorResponseException;
import java.net.BindException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedS3Test {
    @TempDir
    private static Path data;

    private static EmbeddedS3 server;

    @BeforeAll
    static void start() throws Exception {
        server = EmbeddedS3.start(data, 0);
        server.createBucket(EmbeddedStack.BUCKET);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void returnsTheBytesItWasGiven() throws Exception {
        S3Client client = S3Client.of(server);
        byte[] picture = bytes("a picture");
        client.put("round-trip/0.png", picture);

        assertThat(client.get("round-trip/0.png")).isEqualTo(picture);
        assertThat(client.size("round-trip/0.png")).isEqualTo(picture.length);
    }

    @Test
    void listsTheKeysBelowAPrefixOnly() throws Exception {
        S3Client client = S3Client.of(server);
        client.put("list/a/0.png", bytes("0"));
        client.put("list/a/result.json", bytes("{}"));
        client.put("list/b/0.png", bytes("1"));

        assertThat(client.list("list/a/")).containsExactly("list/a/0.png", "list/a/result.json");
    }

    @Test
    void saysThatAnAbsentKeyIsAbsent() {
        assertThatExceptionOfType(ErrorResponseException.class)
                .isThrownBy(() -> S3Client.of(server).get("nothing-here"))
                .satisfies(e -> assertThat(e.errorResponse().code()).isEqualTo("NoSuchKey"));
    }

    @Test
    void refusesAWrongSecret() {
        S3Client stranger = S3Client.of(server.endpoint(), EmbeddedS3.ACCESS_KEY, "another-secret");

        assertThatExceptionOfType(ErrorResponseException.class)
                .isThrownBy(() -> stranger.put("forbidden", bytes("x")))
                .satisfies(e -> assertThat(e.response().code()).isEqualTo(403));
    }

    @Test
    void refusesARequestWithoutASignature() throws Exception {
        URI bucket = URI.create(server.endpoint() + "/" + EmbeddedStack.BUCKET);

        HttpResponse<Void> response = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(bucket).build(), HttpResponse.BodyHandlers.discarding());

        assertThat(response.statusCode()).isEqualTo(403);
    }

    @Test
    void aConditionalPutLeavesTheFirstObject() throws Exception {
        S3Client client = S3Client.of(server);

        assertThat(client.putIfAbsent("once", bytes("first"))).isTrue();
        assertThat(client.putIfAbsent("once", bytes("second"))).isFalse();
        assertThat(client.get("once")).isEqualTo(bytes("first"));
    }

    @Test
    void aRaceOfConditionalPutsHasOneWinner() throws Exception {
        int writers = 8;
        S3Client client = S3Client.of(server);
        CyclicBarrier together = new CyclicBarrier(writers);
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try {
            List<Future<Boolean>> puts = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                byte[] content = bytes("writer " + i);
                puts.add(threads.submit(() -> {
                    together.await(30, TimeUnit.SECONDS);
                    return client.putIfAbsent("race", content);
                }));
            }
            List<byte[]> winners = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                if (puts.get(i).get(30, TimeUnit.SECONDS)) {
                    winners.add(bytes("writer " + i));
                }
            }
            assertThat(winners).hasSize(1);
            assertThat(client.get("race")).isEqualTo(winners.get(0));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void namesTheTakenPort(@TempDir Path other) {
        assertThatExceptionOfType(BindException.class)
                .isThrownBy(() -> EmbeddedS3.start(other, server.port()))
                .withMessageContaining(Integer.toString(server.port()))
                .withMessageContaining("S3");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
