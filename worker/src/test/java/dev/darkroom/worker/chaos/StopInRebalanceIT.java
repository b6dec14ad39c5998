package dev.darkroom.worker.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Workers that are stopped while their groups wait for one that was killed: the broker answers nobody who joins, and the
 * worker's clients wait for that when they close.
 */
class StopInRebalanceIT {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final int WORKERS = 2;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"share", "classic"})
    void aWorkerEndsInOrder(String delivery) throws Exception {
        try (ChaosStack stack = new ChaosStack(folder, delivery, LEASE, ChaosIT.FIXED_SEED);
                ChaosWorkers workers = new ChaosWorkers(folder, stack.environment(), WORKERS)) {
            workers.awaitReady();
            workers.kill(0);
            workers.awaitReady();
            workers.end();
            assertThat(workers.problems()).isEmpty();
            assertThat(workers.suspiciousLines()).isEmpty();
        }
    }
}
