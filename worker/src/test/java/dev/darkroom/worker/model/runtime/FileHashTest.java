package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.InferenceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileHashTest {
    /** The example of FIPS 180-2, appendix B.1. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    private Path folder;

    @Test
    void itBeginsBeforeAnyoneAsksOnADaemonThreadOfItsOwn() throws Exception {
        CompletableFuture<Thread> computing = new CompletableFuture<>();
        try (FileHash hash = FileHash.start("weights", () -> {
            computing.complete(Thread.currentThread());
            return "hash";
        })) {
            Thread thread = computing.get(30, TimeUnit.SECONDS);
            assertThat(thread.getName()).isEqualTo("sha256 weights");
            assertThat(thread.isDaemon()).isTrue();
            assertThat(hash.sha256()).isEqualTo("hash");
        }
    }

    @Test
    void aHashIsComputedOnce() {
        AtomicInteger computations = new AtomicInteger();
        try (FileHash hash = FileHash.start("weights", () -> "hash" + computations.incrementAndGet())) {
            assertThat(hash.sha256()).isEqualTo("hash1").isEqualTo(hash.sha256());
        }
    }

    @Test
    void aFileThatCouldNotBeReadIsReadAgainForTheNextWhoAsks() throws IOException {
        Path file = folder.resolve("weights");
        try (FileHash hash = FileHash.start(List.of(file))) {
            assertThatThrownBy(hash::sha256)
                    .isInstanceOf(InferenceException.class)
                    .hasMessageContaining(file.toString());
            Files.writeString(file, "abc");
            assertThat(hash.sha256()).isEqualTo(ABC);
        }
    }

    @Test
    void whoIsInterruptedLeavesAndTheNextGetsTheHash() {
        CountDownLatch go = new CountDownLatch(1);
        try (FileHash hash = FileHash.start("weights", () -> {
            go.await();
            return "hash";
        })) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(hash::sha256)
                    .isInstanceOf(InferenceException.class)
                    .hasMessageContaining("Interrupted");
            assertThat(Thread.interrupted())
                    .as("the thread is still interrupted")
                    .isTrue();
            go.countDown();
            assertThat(hash.sha256()).isEqualTo("hash");
        }
    }

    @Test
    void closingEndsTheComputation() throws Exception {
        CompletableFuture<Thread> computing = new CompletableFuture<>();
        FileHash hash = FileHash.start("weights", () -> {
            computing.complete(Thread.currentThread());
            new CountDownLatch(1).await();
            return "never";
        });
        Thread thread = computing.get(30, TimeUnit.SECONDS);
        hash.close();
        assertThat(thread.isAlive()).isFalse();
        assertThatThrownBy(hash::sha256).isInstanceOf(InferenceException.class).hasMessageContaining("closed");
    }
}
