package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that goes away, and one that takes no metadata with a commit. */
class RetryMoverOutageTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Map<String, String> NO_METADATA = Map.of("offset.metadata.max.bytes", "2");

    @TempDir
    private Path data;

    private EmbeddedKafka running;

    @BeforeEach
    void startBroker() throws Exception {
        running = EmbeddedKafka.start(data, 0, NO_METADATA);
    }

    @AfterEach
    void stopBroker() {
        running.close();
    }

    @Test
    void whatWaitsIsMovedAllTheSame() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(START);
        InstantSource clock = now::get;
        try (RetryQueue queue = new RetryQueue(running.bootstrapServers());
                RetryMover mover = RetryMover.start(queue.kafka(), "test", clock)) {
            assertThat(mover).isNotNull();
            queue.send("late", START.plusSeconds(600));
            for (int i = 0; i < 30; i++) {
                queue.send("early " + i, START);
            }
            assertThat(queue.awaitValues(30)).doesNotHaveDuplicates().doesNotContain("late");

            int port = running.port();
            running.close();
            running = EmbeddedKafka.start(data, port, NO_METADATA);
            queue.send("after", START);
            assertThat(queue.awaitValues(31)).contains("after");

            now.set(START.plusSeconds(600));
            int back = queue.awaitValues(31).size();
            while (!queue.awaitValues(back).contains("late")) {
                back++;
            }
        }
    }
}
