package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import io.minio.ListObjectsArgs;
import io.minio.Result;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import java.util.Set;
import java.util.TreeSet;
import okhttp3.OkHttpClient;

/** What lies in a bucket. */
public final class BucketListing {
    private BucketListing() {}

    /** The keys of all objects below a prefix. */
    public static Set<String> keys(S3Config config, String prefix) throws MinioException {
        Set<String> keys = new TreeSet<>();
        try (S3Connection connection = S3Connection.open(config, new OkHttpClient.Builder())) {
            for (Result<Item> item : connection
                    .client()
                    .listObjects(ListObjectsArgs.builder()
                            .bucket(config.bucket())
                            .prefix(prefix)
                            .recursive(true)
                            .build())) {
                keys.add(item.get().objectName());
            }
        }
        return keys;
    }
}
