package dev.darkroom.helm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The worker's settings, and those that the chart already has for parts of it that are still to come. */
final class KnownSettings {
    /** Once the worker has all of these, what is said of them here changes nothing, and may go. */
    private static final Set<String> COMING = Set.of(
            "determinism",
            "admin.token",
            "admin.pictures",
            "lag.target-wait.high",
            "lag.target-wait.normal",
            "lag.target-wait.low",
            "lag.replicas.min",
            "lag.replicas.max",
            "lag.step-time");

    private KnownSettings() {}

    static Set<String> keys() {
        return Settings.all().stream().map(Setting::key).collect(Collectors.toSet());
    }

    static Set<String> secretKeys() {
        return Settings.all().stream().filter(Setting::secret).map(Setting::key).collect(Collectors.toSet());
    }

    /** Whether the worker is still to get a setting. */
    static boolean isComing(String key) {
        return COMING.contains(key) && !keys().contains(key);
    }

    /** The same of a variable. */
    static boolean isComingVariable(String name) {
        return COMING.stream()
                .filter(KnownSettings::isComing)
                .anyMatch(key -> name.equals(
                        "DARKROOM_" + key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT)));
    }

    /** The chart's file of settings, without those that the worker does not have yet. */
    static String withoutComing(JsonNode config) throws JsonProcessingException {
        JsonNode rest = config.deepCopy();
        for (String key : COMING) {
            int last = key.lastIndexOf('.');
            JsonNode section =
                    last < 0 ? rest : rest.at("/" + key.substring(0, last).replace('.', '/'));
            if (isComing(key) && section instanceof ObjectNode object) {
                object.remove(key.substring(last + 1));
            }
        }
        return Manifests.YAML.writeValueAsString(rest);
    }
}
