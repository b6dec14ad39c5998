package dev.darkroom.embedded;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** An S3 server in this JVM, on the loopback address. It checks signatures; objects are files below its directory. */
public final class EmbeddedS3 implements AutoCloseable {
    /** The key pair that a stack started without keys of its own accepts. */
    public static final String ACCESS_KEY = "darkroom";

    public static final String SECRET_KEY = "darkroom-secret";

    private final S3Proxy server;
    private final BlobStore buckets;

    private EmbeddedS3(S3Proxy server, BlobStore buckets) {
        this.server = server;
        this.buckets = buckets;
    }

    /**
     * Starts a server and waits until it serves.
     *
     * @param data the directory that holds the buckets; created if it is absent
     * @param port the port, 0 for a free one
     */
    public static EmbeddedS3 start(Path data, int port) throws IOException {
        Ports.requireFree(port, "S3");
        Files.createDirectories(data);
        BlobStore buckets = new FilesystemNio2BlobStore(data.toString());
        S3Proxy server = S3Proxy.builder()
                .blobStore(buckets)
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                .ignoreUnknownHeaders(true)
                .build();
        try {
            server.start();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("The S3 server cannot start on port " + port, e);
        }
        return new EmbeddedS3(server, buckets);
    }

    /** The address of the S3 API, path style: {@code http://127.0.0.1:<port>}. */
    public String endpoint() {
        return "http://127.0.0.1:" + port();
    }

    public int port() {
        return server.getPort();
    }

    /** Creates a bucket; one that is there already stays as it is. */
    public void createBucket(String name) {
        if (!buckets.containerExists(name)) {
            buckets.createContainer(name);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("The S3 server did not stop", e);
        }
    }
}
