package dev.darkroom.worker.ops;

import static dev.darkroom.worker.ops.AdminFixture.TOKEN;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ActionPagesTest {
    private static final Map<String, String> CANCEL = Map.of("job", "order-17", "token", TOKEN);

    private AdminFixture admin;

    @BeforeEach
    void start() throws IOException {
        admin = new AdminFixture(Optional.of(TOKEN));
    }

    @AfterEach
    void stop() {
        admin.mayAct.countDown();
        admin.close();
    }

    @Test
    void whoHasTheTokenCancelsAJob() throws Exception {
        HttpResponse<String> answer = admin.client().post("/cancel", CANCEL);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("Asked that job order-17 be cancelled.")
                .doesNotContain(TOKEN);
        assertThat(admin.client()
                        .post("/cancel", Map.of("job", "order-18"), "Authorization", "Bearer " + TOKEN)
                        .statusCode())
                .isEqualTo(200);
        assertThat(admin.done).containsExactly("cancel order-17", "cancel order-18");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "correct-horse", "correct-horse-batterx", "correct-horse-battery "})
    void whoHasItNotDoesNothing(String token) throws Exception {
        HttpResponse<String> answer = admin.client().post("/cancel", Map.of("job", "order-17", "token", token));
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("The token is missing or wrong.").doesNotContain(TOKEN);
        assertThat(admin.client()
                        .post("/submit", Map.of("prompt", "a cat", "token", token))
                        .statusCode())
                .isEqualTo(403);
        assertThat(admin.done).isEmpty();
    }

    @Test
    void withoutATokenNobodyDoesAnything() throws Exception {
        try (AdminFixture open = new AdminFixture(Optional.empty())) {
            assertThat(open.client()
                            .post("/cancel", Map.of("job", "order-17", "token", ""))
                            .statusCode())
                    .isEqualTo(403);
            assertThat(open.client().post("/cancel", Map.of("job", "order-17")).body())
                    .contains("admin.token is not set");
            assertThat(open.client().get("/").body()).doesNotContain("<button name", "Send a job");
            assertThat(open.done).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1", "ht tp:"})
    void aPageOfAnotherServerDoesNothingThoughItHasTheToken(String origin) throws Exception {
        assertThat(admin.client().post("/cancel", CANCEL, "Origin", origin).statusCode())
                .isEqualTo(403);
        assertThat(admin.client()
                        .post("/cancel", CANCEL, "Sec-Fetch-Site", "cross-site")
                        .statusCode())
                .isEqualTo(403);
        assertThat(admin.done).isEmpty();
        assertThat(admin.client()
                        .post("/cancel", CANCEL, "Origin", admin.client().address(""))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aBodyThatIsTooLargeOrNoFormIsRefused() throws Exception {
        assertThat(admin.client()
                        .post("/submit", "prompt=" + "x".repeat(150_000))
                        .statusCode())
                .isEqualTo(413);
        assertThat(admin.client().post("/submit", "a&".repeat(1000)).statusCode())
                .isEqualTo(400);
        assertThat(admin.client().post("/submit", "prompt=%zz").statusCode()).isEqualTo(400);
        HttpResponse<String> json = admin.client()
                .send(
                        "POST",
                        "/submit",
                        HttpRequest.BodyPublishers.ofString("{\"prompt\": \"a cat\"}"),
                        "Content-Type",
                        "application/json",
                        "Authorization",
                        "Bearer " + TOKEN);
        assertThat(json.statusCode()).isEqualTo(400);
        assertThat(admin.done).isEmpty();
    }

    @Test
    void aJobIsSentAsItIsFilledIn() throws Exception {
        HttpResponse<String> answer = admin.client()
                .post(
                        "/submit",
                        Map.of(
                                "id",
                                "order-17",
                                "prompt",
                                "a red circle",
                                "width",
                                " 256 ",
                                "guidance_scale",
                                "7.5",
                                "seed",
                                "",
                                "lane",
                                "high",
                                "token",
                                TOKEN));
        assertThat(answer.body()).contains("Sent job order-17.").doesNotContain("a red circle");
        assertThat(admin.done).containsExactly("submit order-17 high a red circle");
    }

    @Test
    void allThatIsWrongWithAJobIsTold() throws Exception {
        Map<String, String> form = new HashMap<>(Map.of(
                "id", ".", "prompt", "", "width", "wide", "num_inference_steps", "0", "lane", "slow", "token", TOKEN));
        HttpResponse<String> json = admin.client().post("/submit", form, "Accept", "application/json");
        assertThat(json.statusCode()).isEqualTo(400);
        assertThat(json.body())
                .contains("\"id\"", "\"width\"", "\"num_inference_steps\"", "\"lane\"")
                .doesNotContain(TOKEN);
        HttpResponse<String> page = admin.client().post("/submit", form);
        assertThat(page.body())
                .contains("aria-invalid=\"true\"", "<li>width: ", "value=\"wide\"")
                .doesNotContain(TOKEN);
        assertThat(admin.done).isEmpty();
    }

    @Test
    void whatIsNoIdIsNotCancelled() throws Exception {
        assertThat(admin.client()
                        .post("/cancel", Map.of("job", "<b>", "token", TOKEN))
                        .statusCode())
                .isEqualTo(400);
        assertThat(admin.client().post("/cancel", Map.of("token", TOKEN)).statusCode())
                .isEqualTo(400);
        assertThat(admin.done).isEmpty();
    }

    @Test
    void aBrokerThatIsAwayIsTold() throws Exception {
        admin.broker = false;
        HttpResponse<String> answer = admin.client().post("/cancel", CANCEL);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).contains("Kafka did not take it in time");
    }

    @Test
    void whoWaitsForKafkaKeepsNoProbeFromItsAnswer() throws Exception {
        admin.mayAct = new CountDownLatch(1);
        ExecutorService browsers = Executors.newFixedThreadPool(3); // one more than the server has threads for readers
        try {
            List<Future<Integer>> waiting = Stream.generate(() -> browsers.submit(
                            () -> admin.client().post("/cancel", CANCEL).statusCode()))
                    .limit(3)
                    .toList();
            assertThat(admin.acting.await(10, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 20; i++) { // by and by all three are there
                assertThat(admin.client().get("/livez").statusCode()).isEqualTo(200);
            }
            admin.mayAct.countDown();
            for (Future<Integer> answer : waiting) {
                assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(200);
            }
        } finally {
            browsers.shutdownNow();
        }
    }

    @Test
    void anActionWhoseTurnComesTooLateIsNotDone() throws Exception {
        AtomicLong now = new AtomicLong();
        Semaphore looks = new Semaphore(0); // of the server at its clock: when it is asked, and when it begins
        ExecutorService browsers = Executors.newFixedThreadPool(2);
        try (AdminFixture busy = new AdminFixture(Optional.of(TOKEN), () -> {
            long seen = now.get();
            looks.release();
            return seen;
        })) {
            busy.mayAct = new CountDownLatch(1);
            Future<Integer> first =
                    browsers.submit(() -> busy.client().post("/cancel", CANCEL).statusCode());
            assertThat(looks.tryAcquire(2, 10, TimeUnit.SECONDS)).isTrue();
            Future<Integer> second =
                    browsers.submit(() -> busy.client().post("/cancel", CANCEL).statusCode());
            assertThat(looks.tryAcquire(1, 10, TimeUnit.SECONDS)).isTrue();
            now.addAndGet(3_000_000_000L);
            busy.mayAct.countDown();
            assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(200);
            assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(503);
            assertThat(busy.done).hasSize(1);
        } finally {
            browsers.shutdownNow();
        }
    }

    @Test
    void aLineEndsInOneWayWhetherAScriptOrABrowserSendsIt() throws Exception {
        Map<String, String> form = Map.of("id", "order-17", "prompt", "a red\r\ncircle", "token", TOKEN);
        assertThat(admin.client().post("/submit", form).statusCode()).isEqualTo(200);
        assertThat(admin.done).containsExactly("submit order-17 normal a red\ncircle");
        Map<String, String> wrong = Map.of("prompt", "a red\r\ncircle", "width", "wide", "token", TOKEN);
        assertThat(admin.client().post("/submit", wrong).body()).contains(">\na red\ncircle</textarea>");
    }
}
