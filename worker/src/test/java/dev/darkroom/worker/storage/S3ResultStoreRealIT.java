package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.real.RealServer;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;

class S3ResultStoreRealIT extends ResultStoreContract {
    @BeforeAll
    static void needsServer() {
        RealServer.S3.addressFor(S3ResultStoreRealIT.class);
    }

    @Override
    ResultStore newStore() {
        return new S3ResultStore(new S3Config(
                Optional.of(URI.create(RealServer.S3.addressFor(S3ResultStoreRealIT.class))),
                "us-east-1",
                "bucket-" + UUID.randomUUID(),
                "pictures",
                true,
                Optional.of(new S3Config.Keys(RealServer.S3_ACCESS_KEY, RealServer.S3_SECRET_KEY))));
    }
}
