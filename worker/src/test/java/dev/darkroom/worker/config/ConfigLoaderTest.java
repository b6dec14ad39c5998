package dev.darkroom.worker.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    private static final WorkerConfig DEFAULTS = new WorkerConfig(
            "host-1",
            new KafkaConfig(
                    "localhost:9092",
                    Map.of(),
                    new TopicsConfig(
                            "darkroom.jobs",
                            "darkroom.events",
                            "darkroom.retry",
                            "darkroom.control",
                            "dlq.darkroom.jobs",
                            1,
                            OptionalInt.empty()),
                    "darkroom"),
            new S3Config(Optional.empty(), "us-east-1", "darkroom", "pictures", true, Optional.empty()),
            new ModelsConfig(
                    Path.of("models"),
                    Optional.empty(),
                    new ModelCacheConfig(Optional.empty(), new ByteSize(50_000_000_000L))),
            new DeviceConfig(
                    DeviceConfig.Kind.AUTO,
                    0,
                    DeviceConfig.Memory.LOW,
                    DeviceConfig.Determinism.STRICT,
                    Optional.empty()),
            new DeliveryConfig(DeliveryConfig.Mode.AUTO, Duration.ofSeconds(30), 3, Duration.ofSeconds(60), false),
            new LanesConfig(1, 8, 4, 1),
            new RetryConfig(5, Duration.ofMinutes(10)),
            new AdminConfig("127.0.0.1", 9464),
            new LagConfig(
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(60),
                    Duration.ofMinutes(10),
                    0,
                    10,
                    Duration.ofMillis(200)),
            new LogConfig(LogConfig.Format.TEXT));

    private static final Map<String, String> EVERYTHING = EverySetting.values();

    private static final WorkerConfig ALL_SET = new WorkerConfig(
            "gpu-7",
            new KafkaConfig(
                    "a:1,b:2",
                    Map.of("security.protocol", "SASL_SSL"),
                    new TopicsConfig("j", "jh", "jl", "e", "r", "c", "dlq.j", 8, OptionalInt.of(3)),
                    "g"),
            new S3Config(
                    Optional.of(URI.create("https://s3.example:8333")),
                    "eu-central-1",
                    "pix",
                    "a/b",
                    "c/d",
                    false,
                    Optional.of(new S3Config.Keys("AKIAEXAMPLE", "s3cr3t-value")),
                    Optional.of(Path.of("/tls/ca.crt"))),
            new ModelsConfig(
                    Path.of("/models"),
                    Optional.of("shapes"),
                    new ModelCacheConfig(Optional.of(Path.of("/cache")), new ByteSize(2L << 30))),
            new DeviceConfig(
                    DeviceConfig.Kind.CPU,
                    3,
                    DeviceConfig.Memory.HIGH,
                    DeviceConfig.Determinism.FAST,
                    Optional.of(new ByteSize(12_000_000_000L))),
            new DeliveryConfig(DeliveryConfig.Mode.SHARE, Duration.ofSeconds(20), 7, Duration.ofMinutes(5), true),
            new LanesConfig(3, 10, 0, 2),
            new RetryConfig(2, Duration.ofMinutes(3)),
            new AdminConfig(
                    "0.0.0.0",
                    0,
                    new HostNames(List.of("a.example", "b")),
                    Optional.of(new AdminConfig.Token("0123456789abcdef")),
                    12),
            new LagConfig(
                    Duration.ofSeconds(5), Duration.ofSeconds(6), Duration.ofSeconds(7), 1, 20, Duration.ofMillis(30)),
            new LogConfig(LogConfig.Format.JSON));

    @TempDir
    private Path folder;

    @Test
    void nothingGivenMeansTheDefaults() {
        assertThat(load(Map.of(), Map.of())).isEqualTo(DEFAULTS);
    }

    @Test
    void slotsMayFollowFromTheDevice() {
        LanesConfig lanes = load(Map.of(), Map.of("slots", "0")).lanes();
        assertThat(lanes.filling(4)).isEqualTo(new LanesConfig(4, 8, 4, 1));
        assertThat(load(Map.of(), Map.of("slots", "2")).lanes().filling(4).slots())
                .isEqualTo(2);
    }

    @Test
    void theExampleSetsEverySetting() {
        List<String> keys = Settings.all().stream().map(Setting::key).toList();
        assertThat(EVERYTHING.keySet()).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void everySettingIsReadFromTheEnvironment() {
        Map<String, String> environment = new LinkedHashMap<>();
        Settings.all().forEach(setting -> environment.put(setting.environmentName(), EVERYTHING.get(setting.key())));
        environment.put("DARKROOM_KAFKA_PROPERTY_SECURITY_PROTOCOL", "SASL_SSL");

        assertThat(load(environment, Map.of())).isEqualTo(ALL_SET);
    }

    @Test
    void everySettingIsReadFromAFlatFile() throws IOException {
        StringBuilder yaml = new StringBuilder("kafka.properties.security.protocol: SASL_SSL\n");
        EVERYTHING.forEach(
                (key, value) -> yaml.append(key).append(": ").append(value).append('\n'));

        assertThat(load(file(yaml.toString()))).isEqualTo(ALL_SET);
    }

    @Test
    void sectionsOfAFileAreDottedKeys() throws IOException {
        WorkerConfig config = load(file("""
                        kafka:
                          bootstrap-servers: "broker:9092"
                          topics:
                            jobs: urgent
                          properties:
                            sasl.mechanism: PLAIN
                            ssl:
                              protocol: TLSv1.3
                        admin:
                          port: 1234
                        """));

        assertThat(config.kafka().bootstrapServers()).isEqualTo("broker:9092");
        assertThat(config.kafka().topics().lanes())
                .containsExactly(
                        Map.entry(Lane.HIGH, "urgent.high"),
                        Map.entry(Lane.NORMAL, "urgent"),
                        Map.entry(Lane.LOW, "urgent.low"));
        assertThat(config.kafka().properties())
                .containsOnly(Map.entry("sasl.mechanism", "PLAIN"), Map.entry("ssl.protocol", "TLSv1.3"));
        assertThat(config.admin().port()).isEqualTo(1234);
    }

    @Test
    void optionsWinOverEnvironmentOverFile() throws IOException {
        Path file = file("kafka.group: file\ns3.bucket: file\ns3.region: file\n");

        WorkerConfig config = ConfigLoader.load(
                Optional.of(file),
                Map.of("DARKROOM_S3_BUCKET", "environment", "DARKROOM_S3_REGION", "environment"),
                Map.of("s3.region", "option"),
                "host-1");

        assertThat(config.kafka().group()).isEqualTo("file");
        assertThat(config.s3().bucket()).isEqualTo("environment");
        assertThat(config.s3().region()).isEqualTo("option");
    }

    @Test
    void anEmptyFileChangesNothing() throws IOException {
        assertThat(load(file("# nothing\n"))).isEqualTo(DEFAULTS);
    }

    @Test
    void emptyVariablesAndServiceLinksAreNoSettings() {
        WorkerConfig config = load(
                Map.of(
                        "DARKROOM_S3_ENDPOINT", "",
                        "DARKROOM_SERVICE_HOST", "10.0.0.1",
                        "DARKROOM_PORT_9464_TCP_ADDR", "10.0.0.1",
                        "DARKROOM_EMBEDDED_SERVICE_PORT_S3", "9000"),
                Map.of());

        assertThat(config).isEqualTo(DEFAULTS);
    }

    @Test
    void secretsAreMaskedWhereverAConfigurationIsShown() {
        Map<String, String> options = new LinkedHashMap<>(EVERYTHING);
        options.put("kafka.properties.sasl.jaas.config", "login required password=\"hidden-1\";");
        options.put("kafka.properties.ssl.keystore.password", "hidden-2");
        options.put("kafka.properties.ssl.keystore.key", "hidden-3");

        WorkerConfig config = load(Map.of(), options);

        for (String shown : new String[] {config.render(), config.toString()}) {
            assertThat(shown)
                    .doesNotContain("hidden")
                    .doesNotContain("s3cr3t-value")
                    .doesNotContain("AKIAEXAMPLE")
                    .doesNotContain("0123456789abcdef")
                    .contains("pix")
                    .contains("********");
        }
    }

    @Test
    void aRenderedConfigurationIsReadBack() throws IOException {
        Map<String, String> options = new LinkedHashMap<>(EVERYTHING);
        options.remove("s3.access-key");
        options.remove("s3.secret-key");
        options.remove("admin.token");
        options.put("kafka.properties.client.rack", "a \"b\" \\ c");
        WorkerConfig config = load(Map.of(), options);

        assertThat(load(file(config.render()))).isEqualTo(config);
    }

    @Test
    void aProcessNameIsAWorkerId() {
        assertThat(ConfigLoader.load(Optional.empty(), Map.of(), Map.of(), ConfigLoader.processName())
                        .workerId())
                .endsWith("-" + ProcessHandle.current().pid());
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(folder.resolve("darkroom.yaml"), yaml);
    }

    private static WorkerConfig load(Path file) {
        return ConfigLoader.load(Optional.of(file), Map.of(), Map.of(), "host-1");
    }

    private static WorkerConfig load(Map<String, String> environment, Map<String, String> options) {
        return ConfigLoader.load(Optional.empty(), environment, options, "host-1");
    }
}
