package dev.darkroom.worker.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where pictures go.
 *
 * @param endpoint address of an S3 API; AWS in {@code region} when empty
 * @param prefix first part of every key, without slashes at its ends; may be empty
 * @param inputPrefix the same of objects that jobs may name; empty: every object
 * @param pathStyle bucket in the path rather than in the host name
 * @param keys static keys; the ambient chain (environment, web identity, instance profile) when empty
 * @param caFile certificates of authorities, in PEM, that are trusted besides Java's own: here and where models are
 *     fetched from
 */
public record S3Config(
        Optional<URI> endpoint,
        String region,
        String bucket,
        String prefix,
        String inputPrefix,
        boolean pathStyle,
        Optional<Keys> keys,
        Optional<Path> caFile) {
    private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,64}");
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?");
    private static final String PREFIX_RULE = "must be parts of A-Z a-z 0-9 . _ - joined by /, none of them . or ..";
    private static final int MAX_PREFIX = 500;

    /** A static key pair. Its text form shows neither half. */
    public record Keys(String accessKey, String secretKey) {
        public Keys {
            new Rules()
                    .check(!accessKey.isBlank(), "s3.access-key", "must not be blank")
                    .check(!secretKey.isBlank(), "s3.secret-key", "must not be blank")
                    .raise();
        }

        @Override
        public String toString() {
            return "Keys[" + WorkerConfig.MASK + "]";
        }
    }

    public S3Config {
        new Rules()
                .check(
                        endpoint.map(S3Config::usable).orElse(true),
                        "s3.endpoint",
                        "must be http(s)://host[:port] without path, query or user",
                        endpoint.map(S3Config::shown).orElse(""))
                .check(REGION.matcher(region).matches(), "s3.region", "must be 1-64 of a-z 0-9 -", region)
                .check(BUCKET.matcher(bucket).matches(), "s3.bucket", "must be 3-63 of a-z 0-9 . -", bucket)
                .check(isPrefix(prefix), "s3.prefix", PREFIX_RULE, prefix)
                .check(isPrefix(inputPrefix), "s3.input-prefix", PREFIX_RULE, inputPrefix)
                .raise();
    }

    /** The same, where jobs may name objects below {@code inputs/}, and who trusts Java's own authorities only. */
    public S3Config(
            Optional<URI> endpoint,
            String region,
            String bucket,
            String prefix,
            boolean pathStyle,
            Optional<Keys> keys) {
        this(endpoint, region, bucket, prefix, "inputs", pathStyle, keys, Optional.empty());
    }

    private static boolean isPrefix(String prefix) {
        return PREFIX.matcher(prefix).matches() && prefix.length() <= MAX_PREFIX && !dotted(prefix);
    }

    /** The same for another bucket. */
    public S3Config withBucket(String other) {
        return new S3Config(endpoint, region, other, prefix, inputPrefix, pathStyle, keys, caFile);
    }

    /** The endpoint as an operator knows it, for messages. */
    public String endpointText() {
        return endpoint.map(URI::toString).orElse("AWS S3 in " + region);
    }

    private static boolean usable(URI uri) {
        String scheme = uri.getScheme();
        String path = uri.getRawPath();
        return ("http".equals(scheme) || "https".equals(scheme))
                && uri.getHost() != null
                && (path == null || path.isEmpty() || path.equals("/"))
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null
                && uri.getRawUserInfo() == null;
    }

    /** An address may carry a password by mistake; it must not reach a log. */
    private static String shown(URI uri) {
        return uri.getRawUserInfo() == null && uri.getRawQuery() == null ? uri.toString() : WorkerConfig.MASK;
    }

    private static boolean dotted(String prefix) {
        for (String part : prefix.split("/", -1)) {
            if (part.equals(".") || part.equals("..")) {
                return true;
            }
        }
        return false;
    }
}
