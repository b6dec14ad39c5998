package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.tls.TlsFailure;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * Files behind HTTPS (RFC 9110), resumed with {@code Range} and {@code If-Range}. Redirects are followed a few times,
 * from HTTPS to nothing less; a user and password in the URL stay with its host.
 */
public final class HttpFetcher implements Fetcher<Source.Http> {
    private static final int MAX_REDIRECTS = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> ABSENT = Set.of(404, 410);
    private static final Set<Integer> PASSING = Set.of(408, 425, 429);
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int SERVER_ERROR = 500;

    private final HttpClient client;
    private final Duration silence;

    /** One that trusts the servers that Java trusts. */
    public HttpFetcher(Duration connect, Duration silence) {
        this(connect, silence, Optional.empty());
    }

    /**
     * @param connect the longest that a connection may take
     * @param silence the longest that a server may send nothing
     * @param tls whom to trust; Java's own authorities without it
     */
    public HttpFetcher(Duration connect, Duration silence, Optional<SSLContext> tls) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().connectTimeout(connect).followRedirects(HttpClient.Redirect.NEVER);
        tls.ifPresent(builder::sslContext);
        this.client = builder.build();
        this.silence = silence;
    }

    @Override
    public Optional<Answer> open(Source.Http source, long offset, Optional<String> version)
            throws FetchException, InterruptedException {
        Source.Http at = source;
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            HttpResponse<BodyStream> response = send(source, at.uri(), offset, version);
            boolean handed = false;
            try {
                int status = response.statusCode();
                if (REDIRECTS.contains(status)) {
                    at = redirected(source, at, response);
                    continue;
                }
                if (ABSENT.contains(status)) {
                    return Optional.empty();
                }
                if (status == RANGE_NOT_SATISFIABLE && offset > 0) {
                    return open(source, 0, Optional.empty());
                }
                Answer answer = answer(source, response, offset);
                handed = true;
                return Optional.of(answer);
            } finally {
                if (!handed) {
                    response.body().close();
                }
            }
        }
        throw FetchException.lasting(source.shown() + " redirects more than " + MAX_REDIRECTS + " times");
    }

    private HttpResponse<BodyStream> send(Source.Http source, URI uri, long offset, Optional<String> version)
            throws FetchException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(silence)
                .header("User-Agent", "darkroom")
                .header("Accept-Encoding", "identity");
        if (sameHost(uri, source.uri())) {
            credentials(source.uri()).ifPresent(text -> request.header("Authorization", text));
        }
        if (offset > 0 && version.isPresent()) {
            request.header("Range", "bytes=" + offset + "-").header("If-Range", version.get());
        }
        try {
            return client.send(request.build(), head -> new BodyStream(silence));
        } catch (IOException e) {
            Optional<TlsFailure> tls = TlsFailure.of(e);
            if (tls.isPresent()) {
                throw FetchException.lasting(
                        source.shown() + ": " + tls.get().reason()
                                + remedy(tls.get().fault()),
                        e);
            }
            throw FetchException.passing(
                    source.shown() + ": no answer (" + e.getClass().getSimpleName() + ")", e);
        } catch (IllegalArgumentException e) {
            throw FetchException.lasting(source.shown() + " is not a URL that can be asked for", e);
        }
    }

    private static String remedy(TlsFailure.Fault fault) {
        return switch (fault) {
            case AUTHORITY -> ". The setting for private authorities is s3.ca-file, DARKROOM_S3_CA_FILE";
            case DATE -> ". It has to be renewed at the server";
            case NAME, CLIENT, PROTOCOL -> "";
        };
    }

    private static Source.Http redirected(Source.Http source, Source.Http at, HttpResponse<?> response)
            throws FetchException {
        try {
            URI location = at.uri()
                    .resolve(new URI(response.headers().firstValue("Location").orElse("")));
            Source.Http next = new Source.Http(location);
            if (isSecure(at.uri()) && !isSecure(location)) {
                throw FetchException.lasting(source.shown() + " redirects from https:// to http://: not followed");
            }
            return next;
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw FetchException.lasting(
                    source.shown() + " redirects to where nothing is fetched from (only https:// URLs are)", e);
        }
    }

    private static Answer answer(Source.Http source, HttpResponse<BodyStream> response, long offset)
            throws FetchException {
        int status = response.statusCode();
        if (status == OK) {
            return new Answer(
                    0, response.headers().firstValueAsLong("Content-Length"), version(response), response.body());
        }
        if (status == PARTIAL_CONTENT) {
            ContentRange range = response.headers()
                    .firstValue("Content-Range")
                    .flatMap(ContentRange::parse)
                    .filter(part -> offset > 0 && part.start() == offset)
                    .orElseThrow(() ->
                            FetchException.lasting(source.shown() + " answers with another range than was asked for"));
            return new Answer(offset, OptionalLong.of(range.size()), version(response), response.body());
        }
        if (status >= SERVER_ERROR || PASSING.contains(status)) {
            throw FetchException.passing(
                    source.shown() + " answers with HTTP " + status, new IOException("HTTP " + status));
        }
        throw FetchException.lasting(source.shown() + " answers with HTTP " + status
                + (status == 401 || status == 403 ? ": may it be read without logging in?" : ""));
    }

    /** A strong validator: a weak ETag says nothing of single bytes. */
    private static Optional<String> version(HttpResponse<?> response) {
        return response.headers()
                .firstValue("ETag")
                .filter(tag -> tag.startsWith("\""))
                .or(() -> response.headers().firstValue("Last-Modified"));
    }

    private static Optional<String> credentials(URI uri) {
        return Optional.ofNullable(uri.getRawUserInfo()).map(raw -> {
            byte[] user = URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8)
                    .getBytes(StandardCharsets.UTF_8);
            return "Basic " + Base64.getEncoder().encodeToString(user);
        });
    }

    private static boolean sameHost(URI a, URI b) {
        return a.getHost().equalsIgnoreCase(b.getHost()) && a.getPort() == b.getPort() && isSecure(a) == isSecure(b);
    }

    private static boolean isSecure(URI uri) {
        return uri.getScheme().toLowerCase(Locale.ROOT).equals("https");
    }

    /** Nothing to end: a client has no close before JDK 21, and its threads end when it is not used any more. */
    @Override
    public void close() {}
}
