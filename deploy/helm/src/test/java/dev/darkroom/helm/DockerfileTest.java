package dev.darkroom.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The images, as far as their Dockerfiles tell. {@code deploy/docker/without-docker.sh} builds and runs one. */
class DockerfileTest {
    private static final Pattern ARG = Pattern.compile("(?m)^ARG (\\w+)=(\\S+)$");
    private static final Pattern FROM = Pattern.compile("(?m)^FROM (\\S+)");
    private static final Pattern PINNED = Pattern.compile("docker\\.io/[a-z/-]+:[0-9][a-z0-9._-]+@sha256:[0-9a-f]{64}");

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda"})
    void everyBaseIsAnArgumentByTagAndDigest(String name) {
        assertThat(arguments(name).values())
                .isNotEmpty()
                .allMatch(image -> PINNED.matcher(image).matches());
        assertThat(FROM.matcher(read(name)).results().map(from -> from.group(1)))
                .isNotEmpty()
                .allMatch(image -> image.matches("\\$\\{\\w+}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda"})
    void theApplicationComesBehindTheLibraries(String name) {
        assertThat(read(name))
                .containsSubsequence(
                        "COPY --from=sorted /libraries /opt/darkroom/lib",
                        "COPY --from=sorted /application /opt/darkroom/lib",
                        "COPY darkroom-worker.jar ");
    }

    /** The base of CUDA has no Java: what is run during the build finds the one that was copied. */
    @Test
    void javaIsFoundBeforeItIsRun() {
        assertThat(read("cuda"))
                .containsSubsequence("\nCOPY --from=jre ", "PATH=/opt/java/openjdk/bin:", "    java -Xshare:dump ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda"})
    void whatIsInItIsToldInIt(String name) {
        assertThat(read(name)).contains("COPY THIRD-PARTY.txt darkroom-worker.cdx.json /opt/darkroom/licenses/\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda"})
    void theUserIsTheCharts(String name) {
        JsonNode security = Chart.render("").worker().at("/spec/template/spec/securityContext");

        assertThat(read(name))
                .contains("\nUSER " + security.path("runAsUser").asText() + ":"
                        + security.path("runAsGroup").asText() + "\n")
                .contains("chown 10001:10001 /var/cache/darkroom");
        assertThat(Chart.render("").config().at("/model-cache/folder").asText()).isEqualTo("/var/cache/darkroom");
    }

    /** It would win over the file of settings. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda"})
    void noSettingIsDecidedByTheImage(String name) {
        assertThat(Pattern.compile("DARKROOM_\\w+")
                        .matcher(read(name))
                        .results()
                        .map(MatchResult::group))
                .containsOnly("DARKROOM_ADMIN_HOST");
    }

    @Test
    void composeBuildsOnTheSameVersions() {
        JsonNode services = Monitoring.yaml(Path.of("../../docker-compose.yml")).path("services");

        assertThat(arguments("cuda").get("JRE_IMAGE"))
                .isEqualTo(arguments("cpu").get("BASE_IMAGE"));
        for (Map.Entry<String, String> of :
                Map.of("worker", "cpu", "lag", "cpu", "worker-gpu", "cuda").entrySet()) {
            JsonNode build = services.path(of.getKey()).path("build");
            assertThat(build.path("dockerfile").asText()).endsWith("/" + of.getValue() + ".Dockerfile");
            arguments(of.getValue())
                    .forEach((argument, image) -> assertThat(
                                    build.path("args").path(argument).asText())
                            .endsWith(":-" + tagged(image) + "}"));
        }
    }

    private static String tagged(String image) {
        return List.of(image.split("@")).get(0).replaceFirst("^docker\\.io/(library/)?", "");
    }

    private static Map<String, String> arguments(String name) {
        return ARG.matcher(read(name)).results().collect(Collectors.toMap(arg -> arg.group(1), arg -> arg.group(2)));
    }

    private static String read(String name) {
        return Monitoring.read(Path.of("../docker/" + name + ".Dockerfile"));
    }
}
