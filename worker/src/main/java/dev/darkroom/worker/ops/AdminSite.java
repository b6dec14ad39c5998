package dev.darkroom.worker.ops;

import dev.darkroom.worker.config.AdminConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is on the admin port, of a worker: {@code /livez}, {@code /readyz} and {@code /startupz}, which answer 200 or 503; {@code
 * /metrics}; {@code /status}, the page of it at {@code /}, and what the page needs. Its parts are asked at each request, from
 * the server's threads, and must answer at once.
 */
public final class AdminSite {
    private static final int LONGEST_REASON = 500;
    private static final Pattern PICTURE = Pattern.compile("/pictures/(\\d{1,18})\\.jpg");

    private final Map<String, Route> routes = new HashMap<>();

    /**
     * Health.
     *
     * @param live whether the process works at all; when not, it should be restarted
     * @param unready why it takes no jobs; empty while it does
     * @param started whether its start has ended
     */
    public record Health(BooleanSupplier live, Supplier<Optional<String>> unready, BooleanSupplier started) {}

    /**
     * Puts it together.
     *
     * @param actions what the page can do where there is a token
     */
    public AdminSite(
            AdminConfig config,
            Health health,
            WorkerMetrics metrics,
            Supplier<WorkerStatus> status,
            RecentPictures pictures,
            JobActions actions) {
        this(health);
        routes.put("/metrics", Route.numbers(request -> metrics(metrics, request)));
        routes.put("/status", Route.get(request -> AdminReply.json(AdminReply.OK, StatusJson.write(status.get()))));
        AdminToken token = new AdminToken(config.token());
        JobForm empty = new JobForm(Map.of());
        routes.put(
                "/",
                Route.get(request -> AdminReply.html(
                        AdminReply.OK, StatusPage.write(status.get(), token.isSet(), Notice.NONE, empty))));
        asset("admin.css", "text/css; charset=utf-8");
        asset("admin.js", "text/javascript; charset=utf-8");
        asset("icon.svg", "image/svg+xml");
        routes.put("/pictures/", Route.get(request -> picture(pictures, request.path())));
        ActionPages pages = new ActionPages(token, actions, status, System::nanoTime);
        routes.put("/cancel", Route.post(pages::cancel));
        routes.put("/submit", Route.post(pages::submit));
    }

    private AdminSite(Health health) {
        probe("/livez", obstacle(health.live()));
        probe("/readyz", health.unready());
        probe("/startupz", obstacle(health.started()));
    }

    /** The site of something that is no worker: its health, and what it has to tell, by path. */
    public static AdminSite of(Health health, Map<String, Supplier<AdminReply>> pages) {
        AdminSite site = new AdminSite(health);
        pages.forEach((path, page) -> site.routes.put(path, Route.numbers(request -> page.get())));
        return site;
    }

    Map<String, Route> routes() {
        return Map.copyOf(routes);
    }

    private static Supplier<Optional<String>> obstacle(BooleanSupplier holds) {
        return () -> holds.getAsBoolean() ? Optional.empty() : Optional.of("");
    }

    private void probe(String path, Supplier<Optional<String>> obstacle) {
        routes.put(
                path,
                Route.probe(request -> obstacle.get()
                        .map(reason -> AdminReply.text(AdminReply.UNAVAILABLE, unavailable(reason)))
                        .orElseGet(() -> AdminReply.text(AdminReply.OK, "ok\n"))));
    }

    /** One line, whatever the reason quotes. */
    private static String unavailable(String reason) {
        String line = reason.replaceAll("[^\\x20-\\x7e]", "?");
        String bounded = line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON);
        return bounded.isEmpty() ? "unavailable\n" : "unavailable: " + bounded + "\n";
    }

    private static AdminReply metrics(WorkerMetrics metrics, AdminRequest request) {
        String type = request.header("accept").orElse("").contains("application/openmetrics-text")
                ? WorkerMetrics.OPEN_METRICS
                : WorkerMetrics.PROMETHEUS;
        return AdminReply.of(AdminReply.OK, type, metrics.scrape(type));
    }

    private static AdminReply picture(RecentPictures pictures, String path) {
        Matcher matcher = PICTURE.matcher(path);
        return (matcher.matches() ? pictures.jpeg(Long.parseLong(matcher.group(1))) : Optional.<byte[]>empty())
                .map(jpeg -> new AdminReply(AdminReply.OK, "image/jpeg", jpeg))
                .orElseGet(() -> AdminReply.text(AdminReply.NOT_FOUND, "not found\n"));
    }

    private void asset(String name, String contentType) {
        AdminReply reply = new AdminReply(AdminReply.OK, contentType, read(name));
        routes.put("/assets/" + name, Route.get(request -> reply));
    }

    private static byte[] read(String name) {
        try (InputStream in = AdminSite.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("This build has no " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("This build's " + name + " cannot be read", e);
        }
    }
}
