package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import okhttp3.OkHttpClient;

/**
 * Results in a bucket behind an S3 API. One object is one PUT: only a whole PUT can be conditional with this client, its
 * multipart uploads drop {@code If-None-Match}.
 *
 * <p>The client lets failures of the connection and of the credentials out as unchecked exceptions, hence the broad
 * catches.
 */
public final class S3ResultStore implements ResultStore {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration IO_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(60);
    /** Tries of a PUT that collides with another PUT under way; the collision is over in milliseconds. */
    private static final int CONFLICT_TRIES = 5;

    private static final Map<String, String> UNLESS_PRESENT = Map.of("If-None-Match", "*");

    private final S3Config config;
    private final S3Failures failures;
    private final S3Connection connection;
    private final MinioClient client;

    /** Connects lazily; {@link #check} says whether the bucket is there. */
    public S3ResultStore(S3Config config) {
        this.config = config;
        this.failures = new S3Failures(config);
        this.connection = S3Connection.open(
                config,
                new OkHttpClient.Builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .readTimeout(IO_TIMEOUT)
                        .writeTimeout(IO_TIMEOUT)
                        .callTimeout(CALL_TIMEOUT));
        this.client = connection.client();
    }

    @Override
    public Optional<byte[]> find(String key) throws StorageException {
        try {
            return Optional.of(bytes(key, MAX_READ_BYTES));
        } catch (MinioException | IOException | RuntimeException e) {
            if (S3Failures.noSuchKey(e)) {
                return Optional.empty();
            }
            throw failures.translate("read " + key, e);
        }
    }

    @Override
    public Optional<byte[]> read(String key, int most) throws StorageException {
        try {
            return Optional.of(bytes(key, most));
        } catch (MinioException | IOException | RuntimeException e) {
            if (S3Failures.noSuchKey(e)) {
                return Optional.empty();
            }
            if (S3Failures.isOfObject(e)) {
                throw StorageException.ofObject("Object " + key + " in bucket " + config.bucket()
                        + " is not there, or this worker's keys may not read it (" + S3Failures.code(e) + ")");
            }
            throw failures.translate("read " + key, e);
        }
    }

    private byte[] bytes(String key, int most) throws MinioException, IOException, StorageException {
        try (GetObjectResponse object = client.getObject(
                GetObjectArgs.builder().bucket(config.bucket()).object(key).build())) {
            String length = object.headers().get("Content-Length");
            boolean large = length != null && isAbove(length, most);
            byte[] bytes = large ? new byte[0] : object.readNBytes(most);
            if (large || object.read() >= 0) {
                throw StorageException.ofObject(
                        "Object " + key + " in bucket " + config.bucket() + " is larger than " + most + " bytes");
            }
            return bytes;
        }
    }

    private static boolean isAbove(String length, int most) {
        try {
            return Long.parseLong(length) > most;
        } catch (NumberFormatException e) {
            return false; // what comes is counted all the same
        }
    }

    @Override
    public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
        for (int attempt = 1; ; attempt++) {
            try {
                client.putObject(PutObjectArgs.builder()
                        .bucket(config.bucket())
                        .object(key)
                        .data(bytes, bytes.length)
                        .contentType(contentType)
                        .extraHeaders(UNLESS_PRESENT)
                        .build());
                return PutResult.CREATED;
            } catch (MinioException | RuntimeException e) {
                if (S3Failures.preconditionFailed(e)) {
                    return PutResult.EXISTED;
                }
                if (!S3Failures.conflict(e) || attempt == CONFLICT_TRIES) {
                    throw failures.translate("write " + key, e);
                }
            }
        }
    }

    @Override
    public void delete(String key) throws StorageException {
        try {
            client.removeObject(RemoveObjectArgs.builder()
                    .bucket(config.bucket())
                    .object(key)
                    .build());
        } catch (MinioException | RuntimeException e) {
            if (!S3Failures.noSuchKey(e)) {
                throw failures.translate("delete " + key, e);
            }
        }
    }

    @Override
    public boolean ensureBucket() throws StorageException {
        try {
            if (exists()) {
                return false;
            }
            client.makeBucket(MakeBucketArgs.builder()
                    .bucket(config.bucket())
                    .region(config.region())
                    .build());
            return true;
        } catch (MinioException | RuntimeException e) {
            // Another worker may have created it between the two calls.
            if (!S3Failures.bucketExists(e)) {
                throw failures.translate("create the bucket", e);
            }
            return false;
        }
    }

    @Override
    public void check() throws StorageException {
        try {
            if (!exists()) {
                throw failures.noSuchBucket();
            }
        } catch (MinioException | RuntimeException e) {
            throw failures.translate("look up the bucket", e);
        }
    }

    private boolean exists() throws MinioException {
        return client.bucketExists(
                BucketExistsArgs.builder().bucket(config.bucket()).build());
    }

    @Override
    public String bucket() {
        return config.bucket();
    }

    @Override
    public void close() {
        connection.close();
    }
}
