package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.catalogue.FileServer.Mishap;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpFetcherTest extends FetcherContract<Source.Http> {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration SILENCE = Duration.ofSeconds(20);

    /** To be waited for, and time enough for the answer's head on any machine. */
    private static final Duration SHORT_SILENCE = Duration.ofSeconds(2);

    private FileServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FileServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Override
    protected Fetcher<Source.Http> newFetcher() {
        return new HttpFetcher(CONNECT, SILENCE);
    }

    @Override
    protected Source.Http put(String name, byte[] bytes) {
        return server.put("/" + name, bytes).source("/" + name);
    }

    @Override
    protected Source.Http absentBeside(Source.Http source) {
        return server.source("/absent");
    }

    @Override
    protected Fetcher<Source.Http> fetcherOfNobody() {
        return newFetcher();
    }

    @Override
    protected Source.Http sourceOfNobody() {
        return new Source.Http(URI.create("http://127.0.0.1:1/model"));
    }

    @Test
    void aServerThatKnowsNoRangesSendsAllOfIt() throws Exception {
        Source.Http source = put("all", bytes(1, 1000));
        server.ignoreRanges();
        try (Fetcher<Source.Http> fetcher = newFetcher();
                Fetcher.Answer answer =
                        fetcher.open(source, 500, Optional.of("\"x\"")).orElseThrow()) {
            assertThat(answer.start()).isZero();
            assertThat(answer.body().readAllBytes()).hasSize(1000);
        }
    }

    @Test
    void aWeakTagIsNoVersion() throws Exception {
        server.put("/weak", bytes(1, 10), Optional.of("W/\"1\""));
        try (Fetcher<Source.Http> fetcher = newFetcher();
                Fetcher.Answer answer = fetcher.open(server.source("/weak"), 0, Optional.empty())
                        .orElseThrow()) {
            assertThat(answer.version()).isEmpty();
        }
    }

    @Test
    void redirectsAreFollowedAFewTimes() throws Exception {
        byte[] bytes = bytes(1, 10);
        put("here", bytes);
        server.next("/there", new Mishap.Redirect("/here"));
        try (Fetcher<Source.Http> fetcher = newFetcher();
                Fetcher.Answer answer = fetcher.open(server.source("/there"), 0, Optional.empty())
                        .orElseThrow()) {
            assertThat(answer.body().readAllBytes()).isEqualTo(bytes);
        }
        for (int i = 0; i < 10; i++) {
            server.next("/loop", new Mishap.Redirect("/loop"));
        }
        assertLasting("/loop", "redirects more than 5 times");
        assertThat(server.requests("/loop")).hasSize(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "//[", "https:x"})
    void aRedirectToWhereNothingIsFetchedFromIsNotFollowed(String location) throws Exception {
        server.next("/away", new Mishap.Redirect(location));
        assertLasting("/away", "redirects to where nothing is fetched from");
    }

    @Test
    void thePasswordGoesToItsHostOnlyAndIntoNoMessage() throws Exception {
        put("secret", bytes(1, 10));
        URI uri = URI.create(server.url("/secret?token=t0ken").replace("http://", "http://me:pa55@"));
        Source.Http source = new Source.Http(uri);
        try (Fetcher<Source.Http> fetcher = newFetcher()) {
            fetcher.open(source, 0, Optional.empty()).orElseThrow().close();
            server.next("/secret", new Mishap.Status(403));
            assertThatThrownBy(() -> fetcher.open(source, 0, Optional.empty()))
                    .hasMessageContaining("/secret")
                    .hasMessageContaining("403")
                    .message()
                    .doesNotContain("pa55")
                    .doesNotContain("t0ken");
            server.next("/secret", new Mishap.Redirect(server.url("/secret").replace("127.0.0.1", "localhost")));
            fetcher.open(source, 0, Optional.empty()).orElseThrow().close();
        }
        String basic = "Basic " + Base64.getEncoder().encodeToString("me:pa55".getBytes(StandardCharsets.UTF_8));
        assertThat(server.requests("/secret"))
                .extracting(FileServer.Request::authorization)
                .containsExactly(Optional.of(basic), Optional.of(basic), Optional.of(basic), Optional.empty());
        assertThat(source.toString()).doesNotContain("pa55").doesNotContain("t0ken");
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 429})
    void aServerInTroubleMayRecover(int status) throws Exception {
        server.next("/busy", new Mishap.Status(status));
        try (Fetcher<Source.Http> fetcher = newFetcher()) {
            assertThatThrownBy(() -> fetcher.open(server.source("/busy"), 0, Optional.empty()))
                    .isInstanceOfSatisfying(
                            FetchException.class, e -> assertThat(e.passing()).isTrue())
                    .hasMessageContaining(String.valueOf(status));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 400, 204})
    void aRefusalStays(int status) throws Exception {
        server.next("/refused", new Mishap.Status(status));
        assertLasting("/refused", String.valueOf(status));
    }

    @Test
    void aConnectionThatIsCutIsAFailureAndNoEnd() throws Exception {
        Source.Http source = put("cut", bytes(1, 100_000));
        server.next("/cut", new Mishap.Cut(50_000));
        try (Fetcher<Source.Http> fetcher = newFetcher();
                Fetcher.Answer answer =
                        fetcher.open(source, 0, Optional.empty()).orElseThrow()) {
            assertThatThrownBy(() -> answer.body().readAllBytes())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("lost");
        }
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() throws Exception {
        Source.Http source = put("silent", bytes(1, 100_000));
        CountDownLatch until = new CountDownLatch(1);
        server.next("/silent", new Mishap.Stall(1000, until));
        try (Fetcher<Source.Http> fetcher = new HttpFetcher(CONNECT, SHORT_SILENCE);
                Fetcher.Answer answer =
                        fetcher.open(source, 0, Optional.empty()).orElseThrow()) {
            assertThatThrownBy(() -> answer.body().readAllBytes())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("sent nothing for " + SHORT_SILENCE);
        } finally {
            until.countDown();
        }
    }

    @Test
    void anInterruptEndsARead() throws Exception {
        Source.Http source = put("stalled", bytes(1, 100_000));
        CountDownLatch until = new CountDownLatch(1);
        server.next("/stalled", new Mishap.Stall(1000, until));
        try (Fetcher<Source.Http> fetcher = newFetcher();
                Fetcher.Answer answer =
                        fetcher.open(source, 0, Optional.empty()).orElseThrow()) {
            Thread reader = Thread.currentThread();
            answer.body().readNBytes(1000);
            Thread interrupter = new Thread(reader::interrupt, "interrupter");
            interrupter.start();
            assertThatThrownBy(() -> answer.body().read()).isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).as("the mark stays").isTrue();
            interrupter.join();
        } finally {
            until.countDown();
        }
    }

    private void assertLasting(String path, String message) {
        try (Fetcher<Source.Http> fetcher = newFetcher()) {
            assertThatThrownBy(() -> fetcher.open(server.source(path), 0, Optional.empty()))
                    .isInstanceOfSatisfying(
                            FetchException.class, e -> assertThat(e.passing()).isFalse())
                    .hasMessageContaining(message);
        }
    }
}
