package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.catalogue.FileServer.Mishap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two processes and one cache. */
@Timeout(120)
class CacheProcessTest {
    private static final int SIZE = 3_000_000;
    private static final long ROOM = 100_000_000;
    private static final byte[] BYTES = CacheFixture.bytes(1, SIZE);

    @TempDir
    private Path directory;

    private CacheFixture fixture;
    private Source.Http source;

    @BeforeEach
    void open() throws IOException {
        fixture = new CacheFixture(directory.resolve("cache"));
        source = fixture.server.put("/a", BYTES).source("/a");
        fixture.server.put("/b", CacheFixture.bytes(2, SIZE));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void oneFetchesAndTheOtherWaitsForIt() throws Exception {
        CountDownLatch until = new CountDownLatch(1);
        fixture.server.next("/a", new Mishap.Stall(1_000_000, until));
        try (CacheProcess first = CacheProcess.start(fixture.folder, source, ROOM);
                CacheProcess second = CacheProcess.start(fixture.folder, source, ROOM)) {
            await(() -> partSize() > 0);
            until.countDown();
            assertThat(first.held()).isEqualTo(second.held()).hasBinaryContent(BYTES);
            assertThat(fixture.server.requests("/a"))
                    .extracting(FileServer.Request::range)
                    .as("one download, gone on with once")
                    .hasSize(2)
                    .startsWith("")
                    .last()
                    .asString()
                    .startsWith("bytes=");
            assertThat(first.end()).isZero();
            assertThat(second.end()).isZero();
        }
    }

    @Test
    void whatAKilledProcessBeganAnotherGoesOnWith() throws Exception {
        CountDownLatch until = new CountDownLatch(1);
        fixture.server.next("/a", new Mishap.Stall(2_000_000, until));
        try (CacheProcess victim = CacheProcess.start(fixture.folder, source, ROOM)) {
            await(() -> partSize() > 1_000_000);
            victim.kill();
        } finally {
            until.countDown();
        }
        long there = partSize();
        try (CacheProcess heir = CacheProcess.start(fixture.folder, source, ROOM)) {
            assertThat(heir.held()).hasBinaryContent(BYTES);
            assertThat(fixture.server.requests("/a"))
                    .extracting(FileServer.Request::range)
                    .containsExactly("", "bytes=" + there + "-");
            heir.end();
        }
    }

    @Test
    void whatAnotherProcessUsesStaysUntilItEnds() throws Exception {
        long forOne = SIZE + 100_000;
        ModelCache cache = fixture.cache(forOne);
        try (CacheProcess user = CacheProcess.start(fixture.folder, source, forOne)) {
            Path held = user.held();
            assertThatThrownBy(() -> openB(cache))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("in use");
            assertThat(held).hasBinaryContent(BYTES);
            user.kill();
            openB(cache).close();
            assertThat(held).doesNotExist();
        }
    }

    private ModelCache.Held openB(ModelCache cache) throws ModelException, InterruptedException {
        return cache.open(fixture.server.source("/b"), Optional.empty(), DiffusersFiles.Kind.MODEL);
    }

    /** Bytes of the unfinished file, 0 where there is none yet. */
    private long partSize() {
        if (!Files.exists(fixture.folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(fixture.folder)) {
            Optional<Path> part =
                    files.filter(file -> file.toString().endsWith(".part")).findFirst();
            return part.isEmpty() ? 0 : Files.size(part.get());
        } catch (IOException | java.io.UncheckedIOException e) {
            return 0; // it was renamed just now
        }
    }

    private static void await(BooleanSupplier condition) {
        Instant end = Instant.now().plus(Duration.ofSeconds(60));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("in time").isBefore(end);
            Thread.onSpinWait();
        }
    }
}
