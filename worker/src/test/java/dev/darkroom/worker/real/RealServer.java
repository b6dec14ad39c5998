package dev.darkroom.worker.real;

import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** A server that somebody started beside the tests; which one, a system property says. */
public enum RealServer {
    /** Brokers, as for {@code kafka.bootstrap-servers}. */
    KAFKA("darkroom.real.kafka"),
    /** The address of an S3 API that has {@link #S3_ACCESS_KEY}. */
    S3("darkroom.real.s3");

    /** For this server only. */
    public static final String S3_ACCESS_KEY = "darkroom";

    /** The one that belongs to it. */
    public static final String S3_SECRET_KEY = "darkroom-secret";

    private final String property;

    RealServer(String property) {
        this.property = property;
    }

    /** Where it is; skips the test, and says so, where there is none. */
    public String addressFor(Class<?> test) {
        Optional<String> address = Optional.ofNullable(System.getProperty(property));
        if (address.isEmpty()) {
            System.out.println(
                    test.getSimpleName() + " is skipped: -D" + property
                            + " names no server (deploy/real/contracts.sh does). The same suite runs against the embedded one.");
        }
        Assumptions.assumeTrue(address.isPresent(), "no " + property);
        return address.orElseThrow();
    }
}
