package dev.darkroom.worker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the loader says about a configuration that cannot be used. */
class ConfigProblemsTest {
    @TempDir
    private Path folder;

    @Test
    void allProblemsOfAllSourcesAreReportedTogether() throws IOException {
        Path file = file("kafka:\n  topics:\n    jobs: 'a b'\n    partitions: many\n  gruop: x\n");

        ConfigException problems = catchThrowableOfType(
                ConfigException.class,
                () -> ConfigLoader.load(
                        Optional.of(file),
                        Map.of(
                                "DARKROOM_ADMIN_PORT", "70000",
                                "DARKROOM_ADMIN_NAMES", "a:80",
                                "DARKROOM_DELIVERY", "clasic",
                                "DARKROOM_KAFKA_BOOTSTRAP_SERVERS", "http://broker",
                                "DARKROOM_KAFKA_PROPERTY_GROUP_ID", "other",
                                "DARKROOM_S3_BUKCET", "x",
                                "DARKROOM_S3_ACCESS_KEY", "AKIAEXAMPLE"),
                        Map.of("threads", "-1"),
                        "host 1"));

        assertThat(problems.problems())
                .extracting(ConfigException.Problem::key)
                .contains(
                        "kafka.topics.jobs",
                        "kafka.topics.partitions",
                        "kafka.gruop",
                        "admin.port",
                        "admin.names",
                        "delivery",
                        "kafka.bootstrap-servers",
                        "kafka.properties.group.id",
                        "DARKROOM_S3_BUKCET",
                        "s3.secret-key",
                        "threads")
                .doesNotHaveDuplicates();
        assertThat(problems)
                .hasMessageContaining("did you mean kafka.group?")
                .hasMessageContaining("did you mean DARKROOM_S3_BUCKET?")
                .hasMessageContaining("must be 0-65535, but is \"70000\" (environment DARKROOM_ADMIN_PORT)")
                .hasMessageContaining("must be one of auto, share, classic, but is \"clasic\"")
                .hasMessageContaining(file.toString())
                .message()
                .doesNotContain("AKIAEXAMPLE");
    }

    @ParameterizedTest
    @CsvSource({
        "s3.endpoint, ftp://host",
        "s3.endpoint, http://host/path",
        "s3.endpoint, not a url",
        "s3.bucket, UPPER",
        "s3.prefix, ../up",
        "s3.input-prefix, ../up",
        "s3.prefix, /rooted",
        "s3.path-style, yes",
        "kafka.bootstrap-servers, broker",
        "kafka.topics.dead-letters, letters",
        "kafka.topics.events, darkroom.jobs",
        "kafka.topics.events, darkroom.jobs.low",
        "kafka.topics.jobs-high, a b",
        "kafka.topics.replication, 0",
        "lag.target-wait.high, 0s",
        "lag.target-wait.low, 25h",
        "lag.replicas.max, 0",
        "lag.replicas.min, 11",
        "lag.replicas.min, -1",
        "lag.step-time, 0s",
        "slots, -1",
        "slots, 65",
        "lanes.high, -1",
        "lanes.normal, 101",
        "lanes.low, some",
        "kafka.topics.replication, three",
        "share.lock-duration, soon",
        "share.lock-duration, 100ms",
        "share.delivery-limit, 11",
        "drain-timeout, -PT1S",
        "stall-timeout, PT0S",
        "device, gpu",
        "threads, 1.5",
        "model-memory, 12",
        "model-memory, 0B",
        "admin.port, -1",
        "admin.names, a:80",
        "admin.names, http://a",
        "admin.names, *.example",
        "admin.names, ' '",
        "worker-id, a b",
    })
    void aBadValueIsNamedWithItsSetting(String key, String value) {
        assertThatThrownBy(() -> load(Map.of(), Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key + ": ");
    }

    @Test
    void aWorkerTakesJobsFromOneLaneAtLeast() {
        assertThatThrownBy(() -> load(Map.of(), Map.of("lanes.high", "0", "lanes.normal", "0", "lanes.low", "0")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("lanes.normal: must not be 0 when the other lanes are too");
    }

    @Test
    void aPasswordInAnAddressIsNotRepeated() {
        assertThatThrownBy(() -> load(Map.of(), Map.of("s3.endpoint", "http://user:pa55word@host")))
                .isInstanceOf(ConfigException.class)
                .message()
                .doesNotContain("pa55word");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1, 2]", "just text", "a: [1]", "a: 1\na: 2", "a: {b: 1}\na.b: 2", "{", "kafka: \"\\q\""})
    void aFileThatIsNoMapOfSettingsIsNamed(String yaml) throws IOException {
        Path file = file(yaml);

        assertThatThrownBy(() -> load(file)).isInstanceOf(ConfigException.class).hasMessageContaining(file.toString());
    }

    @Test
    void anAbsentFileIsNamed() {
        Path file = folder.resolve("absent.yaml");

        assertThatThrownBy(() -> load(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file + ": does not exist");
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
