package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The compose file, as far as it can be checked without a container daemon. */
class ComposeFileTest {
    private static final Path ROOT = Path.of("..");

    /** A version of two parts or more: neither a name like {@code latest} nor a number that moves like {@code 17}. */
    private static final Pattern EXACT_VERSION =
            Pattern.compile("[a-z0-9./-]+:v?\\d+\\.\\d+(\\.\\d+)?([_-][a-z0-9.]+)*");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+):-([^}]*)}");

    private static Map<String, JsonNode> services;
    private static JsonNode file;

    @BeforeAll
    static void read() throws IOException {
        file = new ObjectMapper(new YAMLFactory())
                .readTree(ROOT.resolve("docker-compose.yml").toFile());
        services = new LinkedHashMap<>();
        file.get("services").properties().forEach(entry -> services.put(entry.getKey(), extended(entry.getValue())));
    }

    @Test
    void hasABrokerABucketAWorkerAndWhatLooksAtThem() {
        assertThat(services)
                .containsOnlyKeys("kafka", "s3", "worker", "worker-gpu", "lag", "prometheus", "grafana", "otel");
    }

    @Test
    void onlyTheQueueStartsUnlessMoreIsAskedFor() {
        assertThat(profile("worker-gpu")).containsExactly("gpu");
        assertThat(List.of("prometheus", "grafana", "otel"))
                .allSatisfy(name -> assertThat(profile(name)).containsExactly("observability"));
        assertThat(List.of("kafka", "s3", "worker", "lag"))
                .allSatisfy(name -> assertThat(profile(name)).isEmpty());
    }

    @Test
    void imagesAreOfAnExactVersion() {
        assertThat(services.values()).allSatisfy(service -> {
            JsonNode build = service.path("build");
            List<String> images =
                    build.isMissingNode() ? List.of(service.path("image").asText()) : texts(build.path("args"));
            assertThat(images)
                    .isNotEmpty()
                    .allSatisfy(image -> assertThat(withoutVariables(image)).matches(EXACT_VERSION));
        });
    }

    @Test
    void buildsFromFilesThatAreThere() {
        for (String name : List.of("worker", "worker-gpu", "lag")) {
            JsonNode build = services.get(name).path("build");
            Path context = ROOT.resolve(build.path("context").asText());

            assertThat(context.resolve(build.path("dockerfile").asText()).normalize())
                    .isRegularFile();
        }
    }

    @Test
    void nothingIsWrittenToTheRootOfAWorker() {
        for (String name : List.of("worker", "lag")) {
            assertThat(services.get(name).path("read_only").asBoolean()).isTrue();
            assertThat(texts(services.get(name).path("cap_drop"))).containsExactly("ALL");
        }
    }

    @Test
    void everyServiceHasAHealthCheck() {
        Map<String, JsonNode> asked = new LinkedHashMap<>(services);
        // Has no program in its image but itself.
        asked.remove("otel");
        assertThat(asked).allSatisfy((name, service) -> {
            assertThat(service.path("healthcheck").path("test").size()).isGreaterThanOrEqualTo(2);
            assertThat(service.path("healthcheck").path("retries").asInt()).isPositive();
        });
    }

    @Test
    void theWorkerStartsWhenTheOthersAreHealthy() {
        for (String other : List.of("kafka", "s3")) {
            assertThat(services.get("worker")
                            .at("/depends_on/" + other + "/condition")
                            .asText())
                    .isEqualTo("service_healthy");
        }
    }

    @Test
    void portsAreOpenToThisMachineOnly() {
        assertThat(services)
                .allSatisfy((name, service) -> assertThat(texts(service.path("ports")))
                        .isNotEmpty()
                        .allMatch(port -> port.startsWith("127.0.0.1:")));
    }

    @Test
    void everySettingOfTheWorkerExists() {
        for (String name : List.of("worker", "worker-gpu", "lag")) {
            assertThat(settings(name).keySet()).isNotEmpty().isSubsetOf(Settings.environmentNames());
        }
    }

    @Test
    void theWorkerAcceptsItsSettings() throws Exception {
        assertThat(ConfigLoader.load(Optional.empty(), settings("worker"), Map.of(), "worker")
                        .s3()
                        .bucket())
                .isEqualTo(services.get("s3").at("/environment/S3_BUCKET").asText());
    }

    @Test
    void bothSidesUseTheSameKeys() {
        JsonNode server = services.get("s3").get("environment");
        JsonNode worker = services.get("worker").get("environment");

        assertThat(worker.get("DARKROOM_S3_ACCESS_KEY")).isEqualTo(server.get("AWS_ACCESS_KEY_ID"));
        assertThat(worker.get("DARKROOM_S3_SECRET_KEY")).isEqualTo(server.get("AWS_SECRET_ACCESS_KEY"));
    }

    @Test
    void theHealthCheckAsksTheAdminPort() {
        JsonNode worker = services.get("worker");

        assertThat(String.join(" ", texts(worker.at("/healthcheck/test"))))
                .contains("/dev/tcp/127.0.0.1/"
                        + worker.at("/environment/DARKROOM_ADMIN_PORT").asText())
                .contains("/readyz");
    }

    @Test
    void mountsWhatIsThere() {
        Path model = Path.of(
                "deploy/models",
                services.get("worker").at("/environment/DARKROOM_DEFAULT_MODEL").asText());

        assertThat(ROOT.resolve(model)).isDirectory();
        assertThat(texts(services.get("worker").get("volumes"))).contains("./deploy/models:/models:ro");
        assertThat(services.values().stream()
                        .flatMap(service -> texts(service.path("volumes")).stream())
                        .filter(volume -> volume.startsWith("./"))
                        .map(volume -> ROOT.resolve(volume.substring(0, volume.indexOf(':')))))
                .allSatisfy(path -> assertThat(path).exists());
    }

    @Test
    void everyNamedVolumeIsDeclared() {
        List<String> named = services.values().stream()
                .flatMap(service -> texts(service.path("volumes")).stream())
                .map(volume -> volume.substring(0, volume.indexOf(':')))
                .filter(source -> !source.startsWith("."))
                .toList();

        assertThat(named).isNotEmpty().allMatch(name -> file.get("volumes").has(name));
    }

    /** A service with what it takes over from another one. */
    private static JsonNode extended(JsonNode service) {
        if (!service.has("extends")) {
            return service;
        }
        ObjectNode whole =
                file.at("/services/" + service.at("/extends/service").asText()).deepCopy();
        service.properties().forEach(field -> {
            if (field.getKey().equals("environment")) {
                ((ObjectNode) whole.get("environment")).setAll((ObjectNode) field.getValue());
            } else {
                whole.set(field.getKey(), field.getValue());
            }
        });
        return whole;
    }

    private static List<String> profile(String service) {
        return texts(services.get(service).path("profiles"));
    }

    /** A service's settings, with nothing set on the machine that starts it. */
    private static Map<String, String> settings(String service) {
        Map<String, String> settings = new LinkedHashMap<>();
        services.get(service).get("environment").properties().forEach(entry -> {
            if (entry.getKey().startsWith("DARKROOM_")) {
                settings.put(entry.getKey(), withoutVariables(entry.getValue().asText()));
            }
        });
        return settings;
    }

    private static String withoutVariables(String text) {
        return VARIABLE.matcher(text).replaceAll(match -> match.group(2));
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }
}
