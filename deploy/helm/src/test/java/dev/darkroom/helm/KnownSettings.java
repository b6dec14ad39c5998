package dev.darkroom.helm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import java.util.Set;
import java.util.stream.Collectors;

/** The worker's settings, and those that the chart already has for a part of it that is still to come. */
final class KnownSettings {
    /** Of the lag exporter. Once the worker has them this changes nothing, and may go. */
    private static final String COMING = "lag";

    private KnownSettings() {}

    static Set<String> keys() {
        return Settings.all().stream().map(Setting::key).collect(Collectors.toSet());
    }

    static Set<String> secretKeys() {
        return Settings.all().stream().filter(Setting::secret).map(Setting::key).collect(Collectors.toSet());
    }

    /** Whether the worker has a setting, or is still to get it. */
    static boolean isComing(String key) {
        return key.startsWith(COMING + ".") && keys().stream().noneMatch(known -> known.startsWith(COMING + "."));
    }

    /** The chart's file of settings, without those that the worker does not have yet. */
    static String withoutComing(Manifests manifests) throws JsonProcessingException {
        ObjectNode config = (ObjectNode) manifests.config();
        if (isComing(COMING + ".any")) {
            config.remove(COMING);
        }
        return Manifests.YAML.writeValueAsString(config);
    }
}
