package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import io.minio.credentials.AwsConfigProvider;
import io.minio.credentials.AwsEnvironmentProvider;
import io.minio.credentials.ChainedProvider;
import io.minio.credentials.IamAwsProvider;
import io.minio.credentials.Provider;
import io.minio.credentials.StaticProvider;
import okhttp3.OkHttpClient;

/** Where the keys come from. */
final class S3Credentials {
    private S3Credentials() {}

    /**
     * The configured keys or, without any, the ambient chain: {@code AWS_*} variables, the shared credentials file,
     * then the role of the process (web identity as EKS gives it, container credentials, instance profile).
     */
    static Provider of(S3Config config, OkHttpClient http) {
        return config.keys()
                .<Provider>map(keys -> new StaticProvider(keys.accessKey(), keys.secretKey(), null))
                .orElseGet(() -> new ChainedProvider(
                        new AwsEnvironmentProvider(),
                        new AwsConfigProvider(null, null),
                        new IamAwsProvider(null, http)));
    }
}
