package dev.darkroom.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dashboard and alerts ask for what workers and exporter tell, in PromQL. */
class MonitoringTest {
    private static final Pattern METRIC = Pattern.compile("\\bsd_[a-z0-9_]+");
    private static final Pattern MATCHERS = Pattern.compile("\\{[^}]*}|\\[[^]]*]|\"[^\"]*\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(by|without|on)\\s*\\([^)]*\\)");
    private static final Pattern NAME = Pattern.compile("\\b[a-zA-Z_][a-zA-Z0-9_]*\\b(?!\\s*\\()");
    private static final Pattern HEADING = Pattern.compile("(?m)^### (Darkroom\\w+)$");
    private static final Set<String> WORDS = Set.of("and", "or", "unless", "by", "without", "on");

    @TempDir
    private Path directory;

    @Test
    void everyExpressionIsPromQl() throws Exception {
        ArrayNode rules = Manifests.YAML.createArrayNode();
        expressions()
                .forEach(expression -> rules.addObject()
                        .put("record", "expression:" + rules.size())
                        .put("expr", expression));
        ObjectNode file = Manifests.YAML.createObjectNode();
        file.putArray("groups").addObject().put("name", "expressions").set("rules", rules);
        Path rulesFile =
                Files.writeString(directory.resolve("expressions.yaml"), Manifests.YAML.writeValueAsString(file));

        Process promtool = promtool(rulesFile);
        String output = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(promtool.waitFor(1, TimeUnit.MINUTES)).isTrue();

        assertThat(promtool.exitValue()).as(output).isZero();
        assertThat(output).contains(expressions().size() + " rules found");
    }

    @Test
    void everyMetricIsOneThatTheGuideHas() {
        Set<String> documented = METRIC.matcher(Monitoring.read(Path.of("../README.md")))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toSet());

        Set<String> unknown = new TreeSet<>();
        for (String expression : expressions()) {
            METRIC.matcher(expression)
                    .results()
                    .map(MatchResult::group)
                    .filter(metric -> !documented.contains(metric))
                    .filter(metric -> !documented.contains(metric.replaceFirst("_(bucket|count|sum|max|total)$", "")))
                    .forEach(unknown::add);
        }
        assertThat(unknown).as("metrics that deploy/README.md does not have").isEmpty();
    }

    @Test
    void nothingElseIsAskedFor() {
        for (String expression : expressions()) {
            String names = GROUPING.matcher(MATCHERS.matcher(expression).replaceAll(" "))
                    .replaceAll(" ");
            assertThat(NAME.matcher(names).results().map(MatchResult::group))
                    .as(expression)
                    .filteredOn(name -> !WORDS.contains(name))
                    .isNotEmpty()
                    .allMatch(name -> name.startsWith("sd_"));
        }
    }

    @Test
    void panelsAreToldApartAndExplained() {
        Set<Integer> ids = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : Monitoring.dashboard().path("panels")) {
            assertThat(ids.add(panel.path("id").asInt()))
                    .as("an id of its own: %s", panel)
                    .isTrue();
            JsonNode place = panel.path("gridPos");
            assertThat(place.path("x").asInt() + place.path("w").asInt()).isLessThanOrEqualTo(24);
            for (int x = place.path("x").asInt();
                    x < place.path("x").asInt() + place.path("w").asInt();
                    x++) {
                for (int y = place.path("y").asInt();
                        y < place.path("y").asInt() + place.path("h").asInt();
                        y++) {
                    assertThat(cells.add(x + " " + y))
                            .as("a place of its own: %s", panel)
                            .isTrue();
                }
            }
            if (!panel.path("type").asText().equals("row")) {
                assertThat(panel.path("title").asText()).isNotBlank();
                assertThat(panel.path("description").asText()).endsWith(".");
                assertThat(panel.at("/fieldConfig/defaults/unit").asText()).isNotBlank();
                assertThat(panel.at("/datasource/uid").asText()).isEqualTo("${datasource}");
                assertThat(panel.path("targets")).isNotEmpty();
            }
        }
    }

    @Test
    void everyAlertHasATestInWhichItFires() {
        Set<String> firing = new HashSet<>();
        for (JsonNode test :
                Monitoring.yaml(Path.of("../prometheus/rules.test.yaml")).path("tests")) {
            for (JsonNode alert : test.path("alert_rule_test")) {
                if (!alert.path("exp_alerts").isEmpty()) {
                    firing.add(alert.path("alertname").asText());
                }
            }
        }
        assertThat(Monitoring.rules().findValuesAsText("alert"))
                .isNotEmpty()
                .doesNotHaveDuplicates()
                .allMatch(firing::contains);
    }

    @Test
    void everyAlertHasAnEntryInTheRunbookAndLinksToIt() {
        String guide = Monitoring.read(Path.of("../README.md"));
        List<String> entries = HEADING.matcher(guide.substring(guide.indexOf("\n## Runbook\n")))
                .results()
                .map(heading -> heading.group(1))
                .toList();

        assertThat(entries).isEqualTo(Monitoring.rules().findValuesAsText("alert"));
        assertThat(Monitoring.rules().findValuesAsText("runbook_url"))
                .isEqualTo(entries.stream()
                        .map(name -> "deploy/README.md#" + name.toLowerCase(Locale.ROOT))
                        .toList());
    }

    private static List<String> expressions() {
        return Stream.concat(Monitoring.queries().stream(), Monitoring.alertExpressions().stream())
                .toList();
    }

    private static Process promtool(Path rules) {
        try {
            return new ProcessBuilder("promtool", "check", "rules", "--lint=none", rules.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "PromQL was not parsed: promtool is not installed (Debian: apt-get install prometheus)");
            throw new AssertionError(e);
        }
    }
}
