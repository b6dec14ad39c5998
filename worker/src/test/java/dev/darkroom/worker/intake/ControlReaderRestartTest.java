package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedKafka;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that goes away and comes back takes no cancel request with it, and no reader. */
class ControlReaderRestartTest {
    @TempDir
    private Path data;

    private EmbeddedKafka running;

    @AfterEach
    void stopBroker() {
        running.close();
    }

    @Test
    void requestsArriveAfterABrokersRestart() throws Exception {
        running = TestBroker.start(data);
        try (ControlFixture control = new ControlFixture(running.bootstrapServers())) {
            control.createTopic(1);
            control.cancel("before");
            try (ControlReader reader = control.read()) {
                reader.awaitReady(ControlFixture.PATIENCE);

                int port = running.port();
                running.close();
                running = EmbeddedKafka.start(data, port, TestBroker.SETTINGS);

                control.cancel("after");
                control.awaitRequest("after");
                assertThat(control.requests.find("before")).isPresent();
            }
        }
    }
}
