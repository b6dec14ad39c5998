package dev.darkroom.worker.model.catalogue;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/** Where a checkpoint lies: a path on this machine, or somewhere it has to be fetched from. */
public sealed interface Source {
    /** For people and logs: no user, no password, no query. */
    String shown();

    /** A path: a {@code .safetensors} file, or a folder in the layout of diffusers. */
    record Local(Path path) implements Source {
        @Override
        public String shown() {
            return path.toString();
        }
    }

    /** Something to fetch. */
    sealed interface Remote extends Source {
        /** A folder ends with a slash; everything else is one file. */
        boolean isFolder();

        /** What lies below a folder under {@code name}, which is made of plain names and slashes. */
        Remote child(String name);

        /** All of it, secrets too: what tells one source from another. Never shown. */
        String identity();
    }

    /** A file, or everything below a URL that ends with a slash. Plain HTTP is for this machine only. */
    record Http(URI uri) implements Remote {
        private static final Pattern LOOPBACK = Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");

        public Http {
            if (!isAllowed(uri)) {
                throw new IllegalArgumentException(
                        "must be an https:// URL with a host and a path (http:// only for localhost)");
            }
        }

        /** Whether one may fetch from there: HTTPS, or this machine. */
        static boolean isAllowed(URI uri) {
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            String host = uri.getHost();
            String path = uri.getRawPath();
            return host != null
                    && path != null
                    && path.startsWith("/")
                    && (scheme.equals("https") || (scheme.equals("http") && isLoopback(host)));
        }

        private static boolean isLoopback(String host) {
            return host.equalsIgnoreCase("localhost")
                    || host.equals("[::1]")
                    || LOOPBACK.matcher(host).matches();
        }

        @Override
        public boolean isFolder() {
            return uri.getRawPath().endsWith("/");
        }

        @Override
        public Http child(String name) {
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            return new Http(
                    URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath() + name + query));
        }

        @Override
        public String identity() {
            return uri.toString();
        }

        @Override
        public String shown() {
            String user = uri.getRawUserInfo() == null ? "" : "***@";
            String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
            String query = uri.getRawQuery() == null ? "" : "?***";
            return uri.getScheme() + "://" + user + uri.getHost() + port + uri.getRawPath() + query;
        }

        @Override
        public String toString() {
            return "Http[" + shown() + "]";
        }
    }

    /** An object, or everything below a prefix that ends with a slash, behind the S3 API of the settings. */
    record S3(String bucket, String key) implements Remote {
        private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
        private static final int MAX_KEY = 1024;

        public S3 {
            if (!BUCKET.matcher(bucket).matches() || key.isEmpty() || key.length() > MAX_KEY || key.startsWith("/")) {
                throw new IllegalArgumentException("must be s3://bucket/key, or s3://bucket/prefix/ for a folder");
            }
        }

        @Override
        public boolean isFolder() {
            return key.endsWith("/");
        }

        @Override
        public S3 child(String name) {
            return new S3(bucket, key + name);
        }

        @Override
        public String identity() {
            return shown();
        }

        @Override
        public String shown() {
            return "s3://" + bucket + "/" + key;
        }
    }

    /**
     * Reads what a catalogue says.
     *
     * @param base what a relative path is relative to
     * @throws IllegalArgumentException with the rule that is broken; the text itself is not repeated, it may hold a key
     */
    static Source parse(String text, Path base) {
        String lower = text.toLowerCase(Locale.ROOT);
        try {
            if (lower.startsWith("s3://")) {
                String rest = text.substring("s3://".length());
                int slash = rest.indexOf('/');
                return new S3(slash < 0 ? rest : rest.substring(0, slash), slash < 0 ? "" : rest.substring(slash + 1));
            }
            if (lower.startsWith("https://") || lower.startsWith("http://")) {
                return new Http(withoutFragment(new URI(text)));
            }
            if (lower.contains("://")) {
                throw new IllegalArgumentException("must be a path, s3://bucket/key or https://…");
            }
            if (text.isBlank()) {
                throw new IllegalArgumentException("must not be empty");
            }
            return new Local(base.resolve(Path.of(text)).toAbsolutePath().normalize());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL", e);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path", e);
        }
    }

    private static URI withoutFragment(URI uri) throws URISyntaxException {
        if (uri.getRawFragment() == null) {
            return uri;
        }
        String text = uri.toString();
        return new URI(text.substring(0, text.indexOf('#')));
    }
}
