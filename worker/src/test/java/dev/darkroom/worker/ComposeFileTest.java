package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The compose file, as far as it can be checked without a container daemon. */
class ComposeFileTest {
    private static final Path ROOT = Path.of("..");

    /** A version of two parts or more: neither a name like {@code latest} nor a number that moves like {@code 17}. */
    private static final Pattern EXACT_VERSION = Pattern.compile("[a-z0-9./-]+:\\d+\\.\\d+(\\.\\d+)?([_-][a-z0-9]+)*");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+):-([^}]*)}");

    private static Map<String, JsonNode> services;
    private static JsonNode file;

    @BeforeAll
    static void read() throws IOException {
        file = new ObjectMapper(new YAMLFactory())
                .readTree(ROOT.resolve("docker-compose.yml").toFile());
        services = new LinkedHashMap<>();
        file.get("services").properties().forEach(entry -> services.put(entry.getKey(), entry.getValue()));
    }

    @Test
    void hasABrokerABucketAndAWorker() {
        assertThat(services).containsOnlyKeys("kafka", "s3", "worker");
    }

    @Test
    void imagesAreOfAnExactVersion() {
        assertThat(services)
                .allSatisfy((name, service) ->
                        assertThat(service.path("image").asText()).matches(EXACT_VERSION));
    }

    @Test
    void everyServiceHasAHealthCheck() {
        assertThat(services).allSatisfy((name, service) -> {
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
        assertThat(workerSettings().keySet()).isSubsetOf(Settings.environmentNames());
    }

    @Test
    void theWorkerAcceptsItsSettings() throws Exception {
        assertThat(ConfigLoader.load(Optional.empty(), workerSettings(), Map.of(), "worker")
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
        assertThat(texts(services.get("worker").get("volumes")))
                .contains("./deploy/models:/models:ro", "./worker/target:/opt/darkroom:ro");
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

    /** The worker's environment, with nothing set on the machine that starts it. */
    private static Map<String, String> workerSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        services.get("worker").get("environment").properties().forEach(entry -> {
            if (entry.getKey().startsWith("DARKROOM_")) {
                Matcher variable = VARIABLE.matcher(entry.getValue().asText());
                settings.put(entry.getKey(), variable.replaceAll(match -> match.group(2)));
            }
        });
        return settings;
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }
}
