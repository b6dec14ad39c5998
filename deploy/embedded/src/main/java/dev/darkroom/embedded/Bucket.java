package dev.darkroom.embedded;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Downloads objects through the S3 API, by signed addresses. */
final class Bucket implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final S3Presigner presigner;
    private final HttpClient http = HttpClient.newHttpClient();

    static Bucket of(EmbeddedStack stack) {
        return new Bucket(URI.create(stack.s3().endpoint()), EmbeddedS3.ACCESS_KEY, EmbeddedS3.SECRET_KEY);
    }

    private Bucket(URI endpoint, String accessKey, String secretKey) {
        presigner = S3Presigner.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                .serviceConfiguration(
                        S3Configuration.builder().pathStyleAccessEnabled(true).build())
                .build();
    }

    byte[] get(String bucket, String key) throws IOException, InterruptedException {
        URI signed = URI.create(presigner
                .presignGetObject(request -> request.signatureDuration(Duration.ofMinutes(5))
                        .getObjectRequest(object -> object.bucket(bucket).key(key)))
                .url()
                .toExternalForm());
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(signed).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException(
                    "S3 answered " + response.statusCode() + " for the object " + key + " in the bucket " + bucket);
        }
        return response.body();
    }

    /** The digest that events carry, in hexadecimal. */
    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    @Override
    public void close() {
        presigner.close();
    }
}
