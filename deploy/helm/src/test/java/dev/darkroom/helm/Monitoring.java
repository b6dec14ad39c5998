package dev.darkroom.helm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The dashboard and the alerts, as files. */
final class Monitoring {
    private static final Path FOLDER = Chart.FOLDER.resolve("monitoring");
    static final Path RULES = FOLDER.resolve("rules.yaml");

    private Monitoring() {}

    static JsonNode dashboard() {
        return parse(read(FOLDER.resolve("dashboard.json")));
    }

    static JsonNode rules() {
        return yaml(RULES);
    }

    static JsonNode yaml(Path file) {
        try {
            return Manifests.YAML.readTree(read(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode parse(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every query of the dashboard, with what Grafana puts in for its variables. */
    static List<String> queries() {
        List<String> queries = new ArrayList<>();
        dashboard()
                .path("panels")
                .forEach(panel -> panel.path("targets")
                        .forEach(target -> queries.add(target.path("expr")
                                .asText()
                                .replace("$__rate_interval", "5m")
                                .replace("$namespace", ".*"))));
        return queries;
    }

    static List<String> alertExpressions() {
        return rules().findValuesAsText("expr");
    }
}
