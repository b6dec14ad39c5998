package dev.darkroom.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.model.catalogue.CatalogueFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of the chart whatever values it is given. */
class ChartTest {
    @TempDir
    private Path directory;

    @Test
    void isWhatHelmWants() {
        assertThat(Chart.complaints()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.darkroom.helm.Combinations#all")
    void hasNoFieldThatKubernetesDoesNotKnow(String name, String values) {
        for (JsonNode document : Chart.render(values).documents()) {
            assertThat(Manifests.complaint(document)).as(document.toString()).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.darkroom.helm.Combinations#all")
    void givesTheWorkerSettingsThatItTakes(String name, String values) throws Exception {
        Manifests manifests = Chart.render(values);
        Path file = Files.writeString(
                directory.resolve("darkroom.yaml"), Manifests.YAML.writeValueAsString(manifests.config()));
        for (JsonNode deployment : manifests.all("Deployment")) {
            Map<String, String> environment = stream(deployment.at("/spec/template/spec/containers/0/env"))
                    .collect(Collectors.toMap(
                            variable -> variable.path("name").asText(),
                            variable -> variable.path("value").asText("a-secret-of-some-length")));

            assertThat(ConfigLoader.load(Optional.of(file), environment, Map.of(), "a-name")
                            .admin()
                            .host())
                    .isEqualTo("0.0.0.0");
        }
        if (!manifests.configFile("models.yaml").isEmpty()) {
            Path catalogue = Files.writeString(directory.resolve("models.yaml"), manifests.configFile("models.yaml"));
            assertThat(CatalogueFile.read(catalogue)).isNotEmpty();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.darkroom.helm.Combinations#all")
    void selectsItsOwnPodsAndNoOthers(String name, String values) {
        Manifests manifests = Chart.render(values);
        for (JsonNode deployment : manifests.all("Deployment")) {
            assertThat(labels(deployment.at("/spec/template/metadata/labels")))
                    .containsAllEntriesOf(labels(deployment.at("/spec/selector/matchLabels")));
        }
        Stream<JsonNode> selectors = Stream.of(
                        manifests.all("PodDisruptionBudget").stream().map(d -> d.at("/spec/selector/matchLabels")),
                        manifests.all("NetworkPolicy").stream().map(d -> d.at("/spec/podSelector/matchLabels")),
                        manifests.all("Service").stream().map(d -> d.at("/spec/selector")))
                .flatMap(stream -> stream);
        selectors.forEach(selector -> assertThat(manifests.all("Deployment").stream()
                        .filter(deployment -> labels(deployment.at("/spec/template/metadata/labels"))
                                .entrySet()
                                .containsAll(labels(selector).entrySet())))
                .as(selector.toString())
                .hasSize(1));
        for (JsonNode monitor : manifests.all("PodMonitor")) {
            assertThat(manifests.all("Deployment"))
                    .allSatisfy(deployment -> assertThat(labels(deployment.at("/spec/template/metadata/labels")))
                            .containsAllEntriesOf(labels(monitor.at("/spec/selector/matchLabels"))));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.darkroom.helm.Combinations#all")
    void mountsWhatItHasAndLetsNobodyWriteElsewhere(String name, String values) {
        for (JsonNode deployment : Chart.render(values).all("Deployment")) {
            JsonNode pod = deployment.at("/spec/template/spec");
            JsonNode container = pod.at("/containers/0");
            List<String> mounts = stream(container.path("volumeMounts"))
                    .map(mount -> mount.path("name").asText())
                    .toList();
            Set<String> volumes = stream(pod.path("volumes"))
                    .map(volume -> volume.path("name").asText())
                    .collect(Collectors.toSet());

            assertThat(new HashSet<>(mounts)).isEqualTo(volumes).hasSameSizeAs(mounts);
            assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
            assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(10001);
            assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
            assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                    .isTrue();
            assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true))
                    .isFalse();
            assertThat(container.at("/securityContext/capabilities/drop/0").asText())
                    .isEqualTo("ALL");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.darkroom.helm.Combinations#all")
    void leavesTheWorkerTheTimeThatItTakesToStop(String name, String values) {
        Manifests manifests = Chart.render(values);
        int grace = manifests
                .worker()
                .at("/spec/template/spec/terminationGracePeriodSeconds")
                .asInt();

        assertThat(manifests.config().path("drain-timeout").asText()).isEqualTo("PT" + (grace - 20) + "S");
    }

    private static Map<String, String> labels(JsonNode labels) {
        return labels.properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, label -> label.getValue().asText()));
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
