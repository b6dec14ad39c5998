package dev.darkroom.worker;

import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.logging.LogFormats;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which every command that needs a configuration is told of it. */
final class ConfigOptions {
    @Option(names = "--config", paramLabel = "FILE", description = "Settings in YAML; the environment overrides them.")
    private @Nullable Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting, overriding file and environment; may be repeated.")
    private Map<String, String> settings = new LinkedHashMap<>();

    /** Reads the settings; the log is written as they say from then on. */
    WorkerConfig load() {
        WorkerConfig config =
                ConfigLoader.load(Optional.ofNullable(file), System.getenv(), settings, ConfigLoader.processName());
        LogFormats.use(config.log());
        return config;
    }
}
