package dev.darkroom.worker.containers;

import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** SeaweedFS in a container, run as docker-compose.yml runs it. */
public final class S3Server implements AutoCloseable {
    public static final String ACCESS_KEY = "darkroom";
    public static final String SECRET_KEY = "darkroom-secret";

    private static final int PORT = 8333;

    private final GenericContainer<?> container;

    private S3Server(GenericContainer<?> container) {
        this.container = container;
    }

    public static S3Server start() {
        GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse("chrislusf/seaweedfs:4.46"));
        container.withEnv("AWS_ACCESS_KEY_ID", ACCESS_KEY).withEnv("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        container.setCommand("mini", "-dir=/data", "-ip.bind=0.0.0.0", "-webdav=false", "-admin.ui=false");
        container.addExposedPort(PORT);
        container.waitingFor(Wait.forHttp("/healthz").forPort(PORT));
        container.start();
        return new S3Server(container);
    }

    public String endpoint() {
        return "http://" + container.getHost() + ":" + container.getMappedPort(PORT);
    }

    @Override
    public void close() {
        container.stop();
    }
}
