package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;

/** Models in buckets, as their owners put them there. */
public final class Uploads {
    private Uploads() {}

    /** Puts an object, in place of an earlier one. */
    public static void put(S3Config config, String bucket, String key, byte[] bytes) throws MinioException {
        try (S3Connection connection = S3Connection.open(config, new OkHttpClient.Builder())) {
            put(connection.client(), bucket, key, bytes);
        }
    }

    /** Puts every file below a folder under a prefix, which ends with a slash. */
    public static void folder(S3Config config, String bucket, String prefix, Path folder)
            throws IOException, MinioException {
        try (S3Connection connection = S3Connection.open(config, new OkHttpClient.Builder());
                Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.filter(Files::isRegularFile).toList();
            for (Path file : all) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                put(connection.client(), bucket, prefix + name, Files.readAllBytes(file));
            }
        }
    }

    private static void put(MinioClient client, String bucket, String key, byte[] bytes) throws MinioException {
        client.putObject(PutObjectArgs.builder()
                .bucket(bucket)
                .object(key)
                .data(bytes, bytes.length)
                .build());
    }
}
