package dev.darkroom.worker.containers;

import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;

/** Skips a test, and says so, where there is no Docker daemon. */
public final class Docker {
    private Docker() {}

    public static void assumePresent(Class<?> test) {
        boolean present = DockerClientFactory.instance().isDockerAvailable();
        if (!present) {
            System.out.println(test.getSimpleName() + " is skipped: no Docker daemon answers. The same suite runs"
                    + " against the embedded server.");
        }
        Assumptions.assumeTrue(present, "no Docker daemon answers");
    }
}
