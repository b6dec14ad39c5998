package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.catalogue.FileServer.Mishap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads of single files: how they go on, how they end, and who waits for whom. */
class ModelCacheTest {
    private static final DiffusersFiles.Kind MODEL = DiffusersFiles.Kind.MODEL;
    private static final long ROOM = 100_000_000;
    private static final int SIZE = 3_000_000;
    private static final byte[] BYTES = CacheFixture.bytes(1, SIZE);
    private static final Optional<String> SUM = Optional.of(CacheFixture.sha256(BYTES));
    private static final String PATH = "/a.safetensors";

    @TempDir
    private Path directory;

    private CacheFixture fixture;
    private Source.Http source;

    @BeforeEach
    void open() throws IOException {
        fixture = new CacheFixture(directory.resolve("cache"));
        source = fixture.server.put(PATH, BYTES).source(PATH);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void aFileIsFetchedOnceAndKept() throws Exception {
        ModelCache cache = fixture.cache(ROOM);
        assertThat(cache.find(source, SUM)).isEmpty();
        for (int i = 0; i < 2; i++) {
            try (ModelCache.Held held = cache.open(source, SUM, MODEL)) {
                assertThat(held.path()).hasBinaryContent(BYTES);
            }
        }
        assertThat(fixture.server.requests()).hasSize(1);
        assertThat(cache.find(source, SUM)).contains(new ModelCache.Cached(SIZE, SUM.orElseThrow()));
        assertThat(fixture.entries()).singleElement().asString().matches("[0-9a-f]{32}");
        assertThat(fixture.progress).isSorted().endsWith((long) SIZE);
    }

    @Test
    void whatIsAskedOfAnotherSumIsAnotherEntry() throws Exception {
        ModelCache cache = fixture.cache(ROOM);
        cache.open(source, Optional.empty(), MODEL).close();
        cache.open(source, SUM, MODEL).close();
        assertThat(fixture.server.requests()).hasSize(2);
        assertThat(fixture.entries()).hasSize(2);
    }

    @Test
    void aWrongFileIsFetchedOnceMore() throws Exception {
        fixture.server.next(PATH, new Mishap.Garbled());
        try (ModelCache.Held held = fixture.cache(ROOM).open(source, SUM, MODEL)) {
            assertThat(held.path()).hasBinaryContent(BYTES);
        }
        assertThat(fixture.server.requests())
                .extracting(FileServer.Request::range)
                .containsExactly("", "");
    }

    @Test
    void aFileThatIsWrongTwiceIsDeletedAndBothSumsAreNamed() throws Exception {
        byte[] other = CacheFixture.bytes(2, SIZE);
        fixture.server.put(PATH, other);
        assertThatThrownBy(() -> fixture.cache(ROOM).open(source, SUM, MODEL))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(CacheFixture.sha256(other), SUM.orElseThrow(), source.shown());
        assertThat(fixture.server.requests()).hasSize(2);
        assertThat(fixture.entries()).isEmpty();
    }

    @Test
    void aBrokenTransferIsGoneOnWith() throws Exception {
        fixture.server.next(PATH, new Mishap.Cut(1_000_000), new Mishap.Status(503), new Mishap.Cut(500_000));
        try (ModelCache.Held held = fixture.cache(ROOM).open(source, SUM, MODEL)) {
            assertThat(held.path()).hasBinaryContent(BYTES);
        }
        List<String> ranges = ranges();
        assertThat(ranges).hasSize(4);
        assertThat(ranges.get(0)).isEmpty();
        assertThat(start(ranges.get(1))).isBetween(1L, 1_000_000L);
        assertThat(ranges.get(2)).isEqualTo(ranges.get(1));
        assertThat(start(ranges.get(3))).isBetween(start(ranges.get(2)) + 1, start(ranges.get(2)) + 500_000);
        assertThat(fixture.pauses).isNotEmpty().allMatch(pause -> pause.compareTo(Duration.ofSeconds(8)) <= 0);
    }

    @Test
    void afterAFewTriesInVainItIsGivenUpAndALaterOneGoesOn() throws Exception {
        fixture.server.next(PATH, new Mishap.Cut(2_000_000));
        for (int i = 0; i < 5; i++) {
            fixture.server.next(PATH, new Mishap.Status(500));
        }
        ModelCache cache = fixture.cache(ROOM);
        assertThatThrownBy(() -> cache.open(source, SUM, MODEL))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(source.shown(), "HTTP 500");
        assertThat(fixture.pauses)
                .extracting(Duration::toSeconds)
                .as("a megabyte was worth another round")
                .containsExactly(1L, 2L, 4L, 8L);
        assertThat(fixture.entries()).singleElement().asString().endsWith(".partial");
        fixture.cache(ROOM).open(source, SUM, MODEL).close();
        assertThat(start(ranges().get(ranges().size() - 1))).isPositive();
        assertThat(fixture.entries()).singleElement().asString().doesNotEndWith(".partial");
    }

    @Test
    void whatHasChangedMeanwhileIsFetchedFromItsBeginning() throws Exception {
        fixture.server.next(PATH, new Mishap.Cut(1_000_000), new Mishap.Status(403));
        assertThatThrownBy(() -> fixture.cache(ROOM).open(source, Optional.empty(), MODEL))
                .hasMessageContaining("403");
        byte[] other = CacheFixture.bytes(2, 2_000_000);
        fixture.server.put(PATH, other);
        try (ModelCache.Held held = fixture.cache(ROOM).open(source, Optional.empty(), MODEL)) {
            assertThat(held.path()).hasBinaryContent(other);
        }
    }

    @Test
    void aServerWithoutRangesSendsAllOfItAgain() throws Exception {
        fixture.server.ignoreRanges();
        fixture.server.next(PATH, new Mishap.Cut(1_000_000));
        try (ModelCache.Held held = fixture.cache(ROOM).open(source, SUM, MODEL)) {
            assertThat(held.path()).hasBinaryContent(BYTES);
        }
    }

    @Test
    void aServerThatCutsForEverDoesNotKeepUsForEver() {
        fixture.server.put(PATH, BYTES, Optional.empty()); // without a version there is no going on
        for (int i = 0; i < 100; i++) {
            fixture.server.next(PATH, new Mishap.Cut(2_000_000));
        }
        assertThatThrownBy(() -> fixture.cache(ROOM).open(source, SUM, MODEL)).isInstanceOf(ModelException.class);
        assertThat(fixture.server.requests()).hasSizeLessThan(10);
    }

    @Test
    void anAbsentFileIsNamed() {
        assertThatThrownBy(() -> fixture.cache(ROOM).open(fixture.server.source("/absent"), SUM, MODEL))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("There is no", "/absent");
    }

    @Test
    void weightsOfUnknownSizeAreNotFetched() {
        fixture.server.hideSizes();
        assertThatThrownBy(() -> fixture.cache(ROOM).open(source, SUM, MODEL))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("does not say its size");
    }

    @Test
    void filesThatWereChangedAreFetchedAgain() throws Exception {
        ModelCache cache = fixture.cache(ROOM);
        Path file;
        try (ModelCache.Held held = cache.open(source, SUM, MODEL)) {
            file = held.path();
        }
        Files.write(file, new byte[] {1});
        assertThat(cache.find(source, SUM)).isEmpty();
        try (ModelCache.Held held = cache.open(source, SUM, MODEL)) {
            assertThat(held.path()).hasBinaryContent(BYTES);
        }
        assertThat(fixture.entries()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "{\"source\":\"x\",\"files\":[{\"name\":\"../x\",\"size\":1}]}"})
    void anEntryWhoseManifestIsBrokenIsFetchedAgain(String manifest) throws Exception {
        ModelCache cache = fixture.cache(ROOM);
        try (ModelCache.Held held = cache.open(source, SUM, MODEL)) {
            Files.writeString(held.path().resolveSibling("darkroom-entry.json"), manifest);
        }
        assertThat(cache.find(source, SUM)).isEmpty();
        try (ModelCache.Held held = cache.open(source, SUM, MODEL)) {
            assertThat(held.path()).hasBinaryContent(BYTES);
        }
    }

    @Test
    void ofSeveralThreadsOneFetches() throws Exception {
        CountDownLatch until = new CountDownLatch(1);
        fixture.server.next(PATH, new Mishap.Stall(1000, until));
        fixture.server.next(PATH, new Mishap.Status(503));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Path>> paths = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                ModelCache own = fixture.cache(ROOM);
                Callable<Path> open = () -> {
                    try (ModelCache.Held held = own.open(source, SUM, MODEL)) {
                        return held.path();
                    }
                };
                paths.add(threads.submit(open));
            }
            until.countDown(); // the connection ends: the one that fetches goes on
            for (Future<Path> path : paths) {
                assertThat(path.get(30, TimeUnit.SECONDS))
                        .isEqualTo(paths.get(0).get());
            }
            assertThat(ranges()).filteredOn(String::isEmpty).hasSize(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anInterruptEndsADownloadAndLeavesItsPart() throws Exception {
        CountDownLatch until = new CountDownLatch(1);
        CountDownLatch underWay = new CountDownLatch(1);
        fixture.server.next(PATH, new Mishap.Stall(1_000_000, until));
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try {
            Future<Object> fetched = threads.submit(() -> {
                Thread.currentThread().setName("fetch");
                underWay.countDown();
                assertThatThrownBy(() -> fixture.cache(ROOM).open(source, SUM, MODEL))
                        .isInstanceOf(InterruptedException.class);
                return Thread.interrupted();
            });
            underWay.await();
            threads.shutdownNow();
            assertThat(fetched.get(30, TimeUnit.SECONDS))
                    .as("the exception stands for the mark")
                    .isEqualTo(false);
        } finally {
            until.countDown();
        }
        try (ModelCache.Held held = fixture.cache(ROOM).open(source, SUM, MODEL)) {
            assertThat(held.path()).hasBinaryContent(BYTES);
        }
    }

    private List<String> ranges() {
        return fixture.server.requests().stream().map(FileServer.Request::range).toList();
    }

    private static long start(String range) {
        return Long.parseLong(range.replaceAll("\\D", ""));
    }
}
