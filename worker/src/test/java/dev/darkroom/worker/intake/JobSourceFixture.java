package dev.darkroom.worker.intake;

import static dev.darkroom.worker.intake.TestWorker.await;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.LanesConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;

/** What the contract's tests share: sources and queues that are closed after each test. */
abstract class JobSourceFixture {
    /** Short enough to see a lock run out. */
    static final Duration SHORT = Duration.ofSeconds(2);
    /** So short that what a client acquired behind its holder's back comes back while it is waited for. */
    static final Duration MIDDLE = Duration.ofSeconds(6);

    /** So long that no job in a test comes back by its lock running out. */
    static final Duration LONG = Duration.ofSeconds(30);

    private final List<AutoCloseable> owned = new ArrayList<>();

    /** A queue on the broker under test. */
    abstract QueueFixture queue(Duration lock) throws Exception;

    abstract JobSource source(QueueFixture queue, LanesConfig lanes);

    /** The lane that the tests use. */
    Lane lane() {
        return Lane.NORMAL;
    }

    JobSource source(QueueFixture queue) {
        return source(queue, queue.lanes());
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = owned.size() - 1; i >= 0; i--) {
            owned.get(i).close();
        }
    }

    /** A source that is kept from renewing, as by a garbage collection or a stopped process, while it holds a lease. */
    BlockingQueue<Lease> startStalling(QueueFixture queue, CountDownLatch stalled) {
        BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
        own(source(queue)).start(lease -> {
            leases.add(lease);
            await(stalled);
        });
        return leases;
    }

    TestWorker start(QueueFixture queue) {
        TestWorker worker = own(new TestWorker(source(queue), new LinkedBlockingQueue<>()));
        worker.source().start(worker.leases()::add);
        return worker;
    }

    <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    static OutgoingRecord event(QueueFixture queue, String text) {
        return new OutgoingRecord(queue.kafka().topics().events(), Optional.of(bytes("key")), bytes(text), List.of());
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
