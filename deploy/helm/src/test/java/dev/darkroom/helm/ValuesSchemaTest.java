package dev.darkroom.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.catalogue.CatalogueEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The schema of the values knows the worker's settings, and lets no slip of the pen through. */
class ValuesSchemaTest {
    /** Given by the chart itself, from other values. */
    private static final Set<String> THE_CHARTS_OWN = Set.of(
            "worker-id",
            "models",
            "model-cache.folder",
            "drain-timeout",
            "admin.host",
            "admin.port",
            "lag.replicas.min",
            "lag.replicas.max");

    @Test
    void hasTheSettingsOfTheWorkerAndNoOthers() throws IOException {
        Set<String> expected = keys(setting -> true);
        expected.removeAll(keys(Setting::secret));
        expected.removeAll(THE_CHARTS_OWN);
        Set<String> given = new TreeSet<>();
        collect("", schema().at("/properties/config"), given);

        assertThat(given)
                .as("settings below /properties/config of values.schema.json; add what is new to it there")
                .isEqualTo(expected);
    }

    @Test
    void takesExactlyTheSecretSettingsFromSecrets() throws IOException {
        Set<String> given = new TreeSet<>();
        schema().at("/properties/secrets/properties").fieldNames().forEachRemaining(given::add);

        assertThat(given)
                .as("settings in /properties/secrets/properties of values.schema.json; add what is new to it there")
                .isEqualTo(keys(Setting::secret));
    }

    @Test
    void aCatalogueMayNameWhateverTheWorkerKnows() throws IOException {
        JsonNode entry = schema().at("/properties/models/properties/catalogue/items/properties");

        assertThat(words(entry.at("/precision/enum"))).isEqualTo(names(Precision.values()));
        assertThat(words(entry.at("/family/enum"))).isEqualTo(names(ModelFamily.values()));
        assertThat(words(entry.at("/kind/enum"))).isEqualTo(names(CatalogueEntry.Kind.values()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "replica: 2 | replica",
                "config: {kafka: {bootstrap-server: 'a:9092'}} | bootstrap-server",
                "config: {s3: {access-key: AKIA}} | access-key",
                "config: {admin: {port: 80}} | port",
                "config: {admin: {names: 'https://a.example'}} | names",
                "config: {admin: {names: 'a.example, b.'}} | names",
                "config: {drain-timeout: PT1H} | drain-timeout",
                "config: {slots: '4'} | slots",
                "config: {slots: 65} | slots",
                "config: {device: gpu} | device",
                "config: {stall-timeout: ten} | stall-timeout",
                "config: {kafka: {properties: {max.request.size: 20971520}}} | properties",
                "secrets: {s3.access-key: {secret: bucket, key: id}} | s3.secret-key",
                "secrets: {s3.access-key: AKIA, s3.secret-key: s} | s3.access-key",
                "secrets: {default-model: {secret: a, key: b}} | default-model",
                "image: {digest: 'sha256:12'} | digest",
                "models: {catalogue: [{id: a}]} | source",
                "models: {catalogue: [{id: a, source: b, sha: c}]} | sha",
                "autoscaling: {enabled: 'yes'} | enabled",
                "autoscaling: {scaleDown: {stabilizationWindowSeconds: 4000}} | stabilizationWindowSeconds",
                "terminationGracePeriodSeconds: 10 | terminationGracePeriodSeconds",
                "podMonitor: {interval: 15} | interval",
                "networkPolicy: {kafkaPorts: [99999]} | kafkaPorts",
                "networkPolicy: {keda: {namespace: keda}} | keda",
                "jvmOptions: ['-Xmx1g -Xms1g'] | jvmOptions",
            })
    void refuses(String values, String named) {
        assertThatThrownBy(() -> Chart.render(values))
                .hasMessageContaining("values don't meet the specifications of the schema")
                .hasMessageContaining(named);
    }

    private static Set<String> keys(Predicate<Setting> which) {
        return Settings.all().stream().filter(which).map(Setting::key).collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> words(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).toList();
    }

    private static List<String> names(Enum<?>[] constants) {
        return Arrays.stream(constants)
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    private static void collect(String prefix, JsonNode schema, Set<String> keys) {
        schema.path("properties").properties().forEach(property -> {
            String key = prefix + property.getKey();
            if (key.equals(Settings.KAFKA_PROPERTIES)) {
                return;
            }
            if (property.getValue().has("properties")) {
                collect(key + ".", property.getValue(), keys);
            } else {
                keys.add(key);
            }
        });
    }

    private static JsonNode schema() throws IOException {
        return new ObjectMapper().readTree(Files.readString(Chart.FOLDER.resolve("values.schema.json")));
    }
}
