package dev.darkroom.worker.intake;

import dev.darkroom.embedded.EmbeddedKafka;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** An embedded broker whose leases and heartbeats pass in seconds. */
final class TestBroker {
    static final Map<String, String> SETTINGS = Map.of(
            "group.share.min.record.lock.duration.ms", "1000",
            "group.share.min.heartbeat.interval.ms", "500",
            "group.share.heartbeat.interval.ms", "500",
            "group.min.session.timeout.ms", "1000");

    private TestBroker() {}

    static EmbeddedKafka start(Path data) throws IOException {
        return EmbeddedKafka.start(data, 0, SETTINGS);
    }
}
