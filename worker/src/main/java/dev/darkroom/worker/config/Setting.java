package dev.darkroom.worker.config;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * One setting: its key in the YAML file, its environment name, its default and what it is for.
 *
 * @param key the path in the YAML file, e.g. {@code kafka.bootstrap-servers}
 * @param fallback the default as text; empty when the setting may be absent
 * @param secret whether its value must never be printed
 * @param effective reads the setting back out of a configuration, as text
 */
public record Setting(
        String key,
        Optional<String> fallback,
        String description,
        boolean secret,
        Function<WorkerConfig, Optional<String>> effective) {
    static final String ENVIRONMENT_PREFIX = "DARKROOM_";

    /** One that has a default. */
    static Setting of(String key, String fallback, String description, Function<WorkerConfig, String> effective) {
        return new Setting(
                key, Optional.of(fallback), description, false, config -> Optional.of(effective.apply(config)));
    }

    /** One that may be absent. */
    static Setting optional(String key, String description, Function<WorkerConfig, Optional<String>> effective) {
        return new Setting(key, Optional.empty(), description, false, effective);
    }

    /** One that may be absent, and must never be printed. */
    static Setting secret(String key, String description, Function<WorkerConfig, Optional<String>> effective) {
        return new Setting(key, Optional.empty(), description, true, effective);
    }

    /** The environment variable: {@code kafka.bootstrap-servers} is {@code DARKROOM_KAFKA_BOOTSTRAP_SERVERS}. */
    public String environmentName() {
        return ENVIRONMENT_PREFIX + key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
