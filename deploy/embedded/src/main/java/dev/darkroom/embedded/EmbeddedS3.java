package dev.darkroom.embedded;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
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
    private final String address;

    private EmbeddedS3(S3Proxy server, BlobStore buckets, String address) {
        this.server = server;
        this.buckets = buckets;
        this.address = address;
    }

    /**
     * Starts a server and waits until it serves.
     *
     * @param data the directory that holds the buckets; created if it is absent
     * @param port the port, 0 for a free one
     */
    public static EmbeddedS3 start(Path data, int port) throws IOException {
        Ports.requireFree(port, "S3");
        return start(data, server -> server.endpoint(URI.create("http://127.0.0.1:" + port)), "http://127.0.0.1:");
    }

    /**
     * Starts a server that speaks TLS on a free port, and waits until it serves.
     *
     * @param data the directory that holds the buckets; created if it is absent
     * @param identity its certificate, for {@code localhost}
     */
    public static EmbeddedS3 startSecured(Path data, Identity identity) throws IOException {
        return start(
                data,
                server ->
                        server.secureEndpoint(URI.create("https://127.0.0.1:0")).sslContext(identity.serverContext()),
                "https://localhost:");
    }

    private static EmbeddedS3 start(Path data, UnaryOperator<S3Proxy.Builder> listening, String address)
            throws IOException {
        Files.createDirectories(data);
        BlobStore buckets = new FilesystemNio2BlobStore(data.toString());
        S3Proxy server = listening
                .apply(S3Proxy.builder())
                .blobStore(buckets)
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                .ignoreUnknownHeaders(true)
                .build();
        try {
            server.start();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("The S3 server cannot start", e);
        }
        return new EmbeddedS3(server, buckets, address);
    }

    /** The address of the S3 API, path style: {@code http://127.0.0.1:<port>}, {@code https://localhost:<port>}. */
    public String endpoint() {
        return address + port();
    }

    public int port() {
        return address.startsWith("https:") ? server.getSecurePort() : server.getPort();
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
