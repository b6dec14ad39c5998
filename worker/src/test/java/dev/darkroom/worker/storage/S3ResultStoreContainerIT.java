package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.containers.Docker;
import dev.darkroom.worker.containers.S3Server;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class S3ResultStoreContainerIT extends ResultStoreContract {
    private static Optional<S3Server> s3 = Optional.empty();

    @BeforeAll
    static void startServer() {
        Docker.assumePresent(S3ResultStoreContainerIT.class);
        s3 = Optional.of(S3Server.start());
    }

    @AfterAll
    static void stopServer() {
        s3.ifPresent(S3Server::close);
    }

    @Override
    ResultStore newStore() {
        return new S3ResultStore(new S3Config(
                Optional.of(URI.create(s3.orElseThrow().endpoint())),
                "us-east-1",
                "bucket-" + UUID.randomUUID(),
                "pictures",
                true,
                Optional.of(new S3Config.Keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY))));
    }
}
