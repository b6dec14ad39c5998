package dev.darkroom.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What memory this process takes, as Linux counts it; elsewhere there are no figures. Private memory is a process's own;
 * resident memory counts the pages of mapped files too, which processes share and the kernel can take back. The peak of
 * private memory is not counted by the kernel, so a thread looks often, from the start to the close.
 */
final class ProcessMemory implements AutoCloseable {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long MILLIS_BETWEEN_LOOKS = 5;

    private final AtomicLong peakPrivate = new AtomicLong();
    private final Thread watcher;

    private ProcessMemory() {
        watcher = new Thread(this::watch, "memory-watch");
        watcher.setDaemon(true);
        watcher.start();
    }

    /** Starts to watch. */
    static ProcessMemory watching() {
        return new ProcessMemory();
    }

    private void watch() {
        try {
            while (true) {
                privateMegabytes().ifPresent(now -> peakPrivate.accumulateAndGet(now, Math::max));
                Thread.sleep(MILLIS_BETWEEN_LOOKS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    /** Private memory now. */
    OptionalLong privateMegabytes() {
        return megabytes("RssAnon:");
    }

    /** The most private memory that was seen since the start; none where there are no figures. */
    OptionalLong peakPrivateMegabytes() {
        long peak = peakPrivate.get();
        return peak == 0 ? OptionalLong.empty() : OptionalLong.of(peak);
    }

    /** The most resident memory that the process ever had. */
    OptionalLong peakResidentMegabytes() {
        return megabytes("VmHWM:");
    }

    private static OptionalLong megabytes(String line) {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(text -> text.startsWith(line))
                    .mapToLong(text -> Long.parseLong(text.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
