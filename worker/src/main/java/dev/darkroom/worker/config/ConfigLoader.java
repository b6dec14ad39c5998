package dev.darkroom.worker.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Makes a {@link WorkerConfig} out of defaults, a YAML file, the environment and options; each wins over those before
 * it. All problems of all sources are reported in one {@link ConfigException}.
 */
public final class ConfigLoader {
    /**
     * Kubernetes gives every pod variables about the services of its namespace. A service called {@code darkroom}
     * would be taken for misspelt settings.
     */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("DARKROOM_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\\d+_(TCP|UDP)(_.*)?)");

    /** A value and where it came from, so that a message can send the operator there. */
    record Given(String value, String origin) {}

    private final Map<String, Given> given = new TreeMap<>();
    private final Map<String, Given> kafkaProperties = new TreeMap<>();
    private final List<ConfigException.Problem> problems = new ArrayList<>();

    private ConfigLoader() {}

    /**
     * Loads a configuration.
     *
     * @param file a YAML file
     * @param environment every variable of the process; only {@code DARKROOM_*} matter, empty ones count as absent
     * @param options values by key from the command line
     * @param defaultWorkerId the worker's name when no source gives one, see {@link #processName()}
     * @throws ConfigException naming everything that is wrong
     */
    public static WorkerConfig load(
            Optional<Path> file, Map<String, String> environment, Map<String, String> options, String defaultWorkerId) {
        ConfigLoader loader = new ConfigLoader();
        file.ifPresent(loader::addFile);
        loader.addEnvironment(environment);
        options.forEach((key, value) -> loader.add(key, value, "option", keys()));
        return new SettingsReader(loader.given, loader.kafkaProperties, loader.problems).read(defaultWorkerId);
    }

    /** The host's name and this process's id: unique among live workers, and meaningful to an operator. */
    public static String processName() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "worker";
        }
        String safe = host.replaceAll("[^A-Za-z0-9._-]", "-");
        String pid = Long.toString(ProcessHandle.current().pid());
        return safe.substring(0, Math.min(safe.length(), 99 - pid.length())) + "-" + pid;
    }

    private void addFile(Path file) {
        try {
            YamlFile.read(file).forEach((key, value) -> add(key, value, "file " + file, keys()));
        } catch (YamlFile.UnreadableException e) {
            problems.add(new ConfigException.Problem("file " + file, e.reason()));
        }
    }

    private void addEnvironment(Map<String, String> environment) {
        new TreeMap<>(environment).forEach((name, value) -> {
            if (name.startsWith(Setting.ENVIRONMENT_PREFIX) && !value.isEmpty()) {
                addVariable(name, value);
            }
        });
    }

    private void addVariable(String name, String value) {
        Optional<Setting> setting = Settings.byEnvironmentName(name);
        if (setting.isPresent()) {
            given.put(setting.get().key(), new Given(value, "environment " + name));
        } else if (name.startsWith(Settings.KAFKA_PROPERTY_ENVIRONMENT)
                && name.length() > Settings.KAFKA_PROPERTY_ENVIRONMENT.length()) {
            String property = name.substring(Settings.KAFKA_PROPERTY_ENVIRONMENT.length())
                    .toLowerCase(Locale.ROOT)
                    .replace('_', '.');
            kafkaProperties.put(property, new Given(value, "environment " + name));
        } else if (!SERVICE_LINK.matcher(name).matches()) {
            problems.add(unknown(name, "environment", Settings.environmentNames()));
        }
    }

    private void add(String key, String value, String origin, List<String> known) {
        String properties = Settings.KAFKA_PROPERTIES + ".";
        if (key.startsWith(properties) && key.length() > properties.length()) {
            kafkaProperties.put(key.substring(properties.length()), new Given(value, origin));
        } else if (known.contains(key)) {
            given.put(key, new Given(value, origin));
        } else {
            problems.add(unknown(key, origin, known));
        }
    }

    private static ConfigException.Problem unknown(String name, String origin, List<String> known) {
        String hint = Spelling.nearest(name, known)
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
        return new ConfigException.Problem(name, "is not a setting (" + origin + ")" + hint);
    }

    private static List<String> keys() {
        return Settings.all().stream().map(Setting::key).toList();
    }
}
