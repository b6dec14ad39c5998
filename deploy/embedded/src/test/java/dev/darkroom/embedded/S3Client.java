package dev.darkroom.embedded;

import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The MinIO client, the one that the worker uses, on one bucket of an embedded S3 server. */
final class S3Client {
    private final MinioClient client;

    private S3Client(MinioClient client) {
        this.client = client;
    }

    static S3Client of(EmbeddedS3 server) {
        return of(server.endpoint(), EmbeddedS3.ACCESS_KEY, EmbeddedS3.SECRET_KEY);
    }

    static S3Client of(String endpoint, String accessKey, String secretKey) {
        return new S3Client(MinioClient.builder()
                .endpoint(endpoint)
                .region("us-east-1")
                .credentials(accessKey, secretKey)
                .build());
    }

    boolean bucketExists(String bucket) throws MinioException {
        return client.bucketExists(BucketExistsArgs.builder().bucket(bucket).build());
    }

    void put(String key, byte[] content) throws MinioException {
        put(key, content, Map.of());
    }

    /** Stores the object unless one is there: whether it was stored. */
    boolean putIfAbsent(String key, byte[] content) throws MinioException {
        try {
            put(key, content, Map.of("If-None-Match", "*"));
            return true;
        } catch (ErrorResponseException e) {
            if (e.response().code() == 412) {
                return false;
            }
            throw e;
        }
    }

    private void put(String key, byte[] content, Map<String, String> headers) throws MinioException {
        client.putObject(PutObjectArgs.builder()
                .bucket(EmbeddedStack.BUCKET)
                .object(key)
                .contentType("image/png")
                .headers(headers)
                .data(content, content.length)
                .build());
    }

    byte[] get(String key) throws MinioException, IOException {
        try (GetObjectResponse response = client.getObject(
                GetObjectArgs.builder().bucket(EmbeddedStack.BUCKET).object(key).build())) {
            return response.readAllBytes();
        }
    }

    long size(String key) throws MinioException {
        return client.statObject(StatObjectArgs.builder()
                        .bucket(EmbeddedStack.BUCKET)
                        .object(key)
                        .build())
                .size();
    }

    List<String> list(String prefix) throws MinioException {
        List<String> keys = new ArrayList<>();
        for (Result<Item> item : client.listObjects(ListObjectsArgs.builder()
                .bucket(EmbeddedStack.BUCKET)
                .prefix(prefix)
                .recursive(true)
                .build())) {
            keys.add(item.get().objectName());
        }
        return keys;
    }
}
