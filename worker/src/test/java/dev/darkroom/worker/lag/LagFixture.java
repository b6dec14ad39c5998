package dev.darkroom.worker.lag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the contract's tests share: a broker, and a queue with its reader for each. */
@Timeout(120)
abstract class LagFixture {
    @TempDir
    private static Path data;

    private static EmbeddedKafka kafka;

    /** It stands, so that a reading goes on to the end of the queue, however long that takes. */
    final InstantSource clock = InstantSource.fixed(Instant.now().truncatedTo(ChronoUnit.MILLIS));

    LagQueue queue;
    QueueReader reader;
    StepTimes times;

    /** The setting {@code delivery}. */
    abstract String delivery();

    @BeforeAll
    static void startBroker() throws Exception {
        kafka = EmbeddedKafka.start(data);
    }

    @AfterAll
    static void stopBroker() {
        kafka.close();
    }

    @BeforeEach
    void open() throws Exception {
        queue = new LagQueue(bootstrapServers(), delivery());
        times = new StepTimes(queue.config().lag().stepTime(), Optional.empty());
        reader = open(QueueReader.MOST_RECORDS);
    }

    QueueReader open(int depth) throws Exception {
        return open(clock, depth);
    }

    QueueReader open(InstantSource clock, int depth) throws Exception {
        return QueueReader.open(queue.config(), clock, times, depth);
    }

    @AfterEach
    void close() {
        reader.close();
        queue.close();
    }

    String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    /** The brokers may take a moment to write down what was settled. */
    LagReading awaitJobs(int jobs) throws Exception {
        Instant limit = Instant.now().plus(Duration.ofSeconds(30));
        LagReading reading = reader.read();
        while (reading.jobs() != jobs) {
            assertThat(Instant.now()).as(reading.toString()).isBefore(limit);
            reading = reader.read();
        }
        return reading;
    }
}
