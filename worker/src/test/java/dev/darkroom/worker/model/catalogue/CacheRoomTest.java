package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.catalogue.FileServer.Mishap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes when there is no room, and what never does. */
class CacheRoomTest {
    private static final int SIZE = 1_000_000;
    /** Room for two files and the little that is written beside them. */
    private static final long FOR_TWO = 2_100_000;

    @TempDir
    private Path directory;

    private CacheFixture fixture;

    @BeforeEach
    void open() throws IOException {
        fixture = new CacheFixture(directory.resolve("cache"));
        for (String name : new String[] {"a", "b", "c"}) {
            fixture.server.put("/" + name, CacheFixture.bytes(name.charAt(0), SIZE));
        }
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void theLeastRecentlyUsedGoesFirst() throws Exception {
        ModelCache cache = fixture.cache(FOR_TWO);
        use(cache, "a");
        use(cache, "b");
        use(cache, "a");
        use(cache, "c");
        assertThat(isCached(cache, "a")).isTrue();
        assertThat(isCached(cache, "b")).isFalse();
        assertThat(isCached(cache, "c")).isTrue();
        use(cache, "b");
        assertThat(isCached(cache, "a")).isFalse();
    }

    @Test
    void whatIsUsedStays() throws Exception {
        ModelCache cache = fixture.cache(FOR_TWO);
        try (ModelCache.Held a = open(cache, "a")) {
            use(cache, "b");
            use(cache, "c");
            assertThat(isCached(cache, "b")).isFalse();
            assertThat(a.path()).hasSize(SIZE);
            try (ModelCache.Held c = open(cache, "c")) {
                assertThatThrownBy(() -> open(cache, "b"))
                        .isInstanceOf(ModelException.class)
                        .hasMessageContainingAll("/b cannot be fetched", "2 MB", "model-cache.size", "in use");
                assertThat(c.path()).hasSize(SIZE);
            }
            use(cache, "b");
            assertThat(isCached(cache, "a")).isTrue();
        }
    }

    @Test
    void anotherUserOfTheSameEntryKeepsIt() throws Exception {
        ModelCache cache = fixture.cache(FOR_TWO);
        ModelCache.Held first = open(cache, "a");
        ModelCache.Held second = open(cache, "a");
        first.close();
        first.close(); // a second time it does nothing
        use(cache, "b");
        use(cache, "c");
        assertThat(second.path()).hasSize(SIZE);
        second.close();
        use(cache, "b");
        assertThat(isCached(cache, "a")).isFalse();
    }

    @Test
    void whatNeverFitsLeavesNothing() throws Exception {
        assertThatThrownBy(() -> open(fixture.cache(SIZE / 2), "a"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("/a cannot be fetched", "needs", "may take 500000 bytes", "model-cache.size");
        assertThat(fixture.entries()).isEmpty();
    }

    @Test
    void whatWasBegunCountsInFullAndGoesWhenNobodyGoesOnWithIt() throws Exception {
        ModelCache cache = fixture.cache(FOR_TWO);
        fixture.server.next("/a", new Mishap.Cut(1000), new Mishap.Status(403));
        assertThatThrownBy(() -> open(cache, "a")).isInstanceOf(ModelException.class);
        fixture.passes(Duration.ofSeconds(1));
        assertThat(fixture.entries()).singleElement().asString().endsWith(".partial");
        use(cache, "b");
        assertThat(fixture.entries()).hasSize(2);
        use(cache, "c");
        assertThat(fixture.entries()).hasSize(2).noneMatch(name -> name.endsWith(".partial"));
    }

    @Test
    void aFullDiskIsMadeRoomOnFirst() throws Exception {
        long[] others = {0};
        DiskSpace disk = folder -> 2_500_000 - others[0] - fixture.entries().size() * (long) SIZE;
        ModelCache cache = fixture.cache(Long.MAX_VALUE, disk);
        use(cache, "a");
        use(cache, "b");
        assertThat(isCached(cache, "a")).as("its room was needed").isFalse();
        others[0] = 1_000_000;
        assertThatThrownBy(() -> open(cache, "c"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(
                        "/c cannot be fetched", "1 MB", "model-cache.folder", fixture.folder.toString(), "free");
    }

    @Test
    void nothingGoesWhereAllOfItWouldNotBeEnough() throws Exception {
        ModelCache cache = fixture.cache(3 * SIZE);
        use(cache, "a");
        fixture.server.put("/large", CacheFixture.bytes('l', 5 * SIZE / 2));
        try (ModelCache.Held b = open(cache, "b")) {
            assertThatThrownBy(() -> open(cache, "large")).hasMessageContaining("in use");
            assertThat(isCached(cache, "a"))
                    .as("it would have gone for nothing")
                    .isTrue();
            assertThat(b.path()).hasSize(SIZE);
        }
        ModelCache full = fixture.cache(Long.MAX_VALUE, folder -> 0);
        assertThatThrownBy(() -> open(full, "large")).hasMessageContaining("free");
        assertThat(isCached(cache, "a") && isCached(cache, "b")).isTrue();
    }

    @Test
    void severalMayEraseAndCountTheSameFilesAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (int round = 0; round < 20; round++) {
                Path gone = Files.createDirectories(directory.resolve("x.gone/unet"));
                for (int k = 0; k < 200; k++) {
                    Files.createFile(gone.resolve("f" + k + PartFile.STATE));
                }
                List<Callable<Long>> work = List.of(
                        () -> erase(gone.getParent()),
                        () -> erase(gone.getParent()),
                        () -> Folders.size(gone.getParent()));
                for (Future<Long> end : threads.invokeAll(work)) {
                    assertThat(end.get()).isZero();
                }
                assertThat(gone.getParent()).doesNotExist();
            }
        } finally {
            threads.shutdown();
        }
    }

    private static long erase(Path folder) throws IOException {
        Folders.erase(folder);
        return 0;
    }

    @Test
    void whatDiedWhileItWasDeletedIsDeleted() throws Exception {
        ModelCache cache = fixture.cache(FOR_TWO);
        use(cache, "a");
        Path entry = fixture.folder.resolve(fixture.entries().get(0));
        Files.move(entry, entry.resolveSibling(entry.getFileName() + ".gone"));
        Files.createDirectories(fixture.folder.resolve("somebody-elses"));
        use(cache, "b");
        assertThat(fixture.entries()).hasSize(2).contains("somebody-elses").noneMatch(name -> name.endsWith(".gone"));
    }

    private void use(ModelCache cache, String name) throws ModelException, InterruptedException {
        open(cache, name).close();
        fixture.passes(Duration.ofSeconds(1));
    }

    private ModelCache.Held open(ModelCache cache, String name) throws ModelException, InterruptedException {
        return cache.open(fixture.server.source("/" + name), Optional.empty(), DiffusersFiles.Kind.MODEL);
    }

    private boolean isCached(ModelCache cache, String name) {
        return cache.find(fixture.server.source("/" + name), Optional.empty()).isPresent();
    }
}
