package dev.darkroom.worker.config;

import dev.darkroom.client.Lane;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns texts into the typed records. A text that cannot be read is noted and the default stands in for it, so that
 * the rest is checked too; nothing is returned unless all of it holds.
 */
final class SettingsReader {
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    private final Map<String, ConfigLoader.Given> given;
    private final Map<String, ConfigLoader.Given> kafkaProperties;
    private final List<ConfigException.Problem> problems;

    SettingsReader(
            Map<String, ConfigLoader.Given> given,
            Map<String, ConfigLoader.Given> kafkaProperties,
            List<ConfigException.Problem> problems) {
        this.given = given;
        this.kafkaProperties = kafkaProperties;
        this.problems = problems;
    }

    WorkerConfig read(String defaultWorkerId) {
        Optional<KafkaConfig> kafka = kafka();
        Optional<S3Config> s3 = s3();
        Optional<ModelsConfig> models = section(() -> new ModelsConfig(
                path("models"),
                optional("default-model"),
                new ModelCacheConfig(
                        optional("model-cache.folder").flatMap(text -> path("model-cache.folder", text)),
                        size("model-cache.size"))));
        Optional<DeviceConfig> device = section(() -> new DeviceConfig(
                choice("device", DeviceConfig.Kind.class),
                integer("threads"),
                choice("memory-mode", DeviceConfig.Memory.class),
                choice("determinism", DeviceConfig.Determinism.class),
                optional("model-memory").flatMap(text -> size("model-memory", text))));
        Optional<DeliveryConfig> delivery = section(() -> new DeliveryConfig(
                choice("delivery", DeliveryConfig.Mode.class),
                duration("share.lock-duration"),
                integer("share.delivery-limit"),
                duration("drain-timeout"),
                bool("checkpoint-on-drain")));
        Optional<LanesConfig> lanes = section(() -> new LanesConfig(
                integer("slots"), integer("lanes.high"), integer("lanes.normal"), integer("lanes.low")));
        Optional<RetryConfig> retry =
                section(() -> new RetryConfig(integer("retry.attempts"), duration("stall-timeout")));
        Optional<AdminConfig.Token> token =
                optional("admin.token").flatMap(secret -> section(() -> new AdminConfig.Token(secret)));
        HostNames names = section(() -> HostNames.of(optional("admin.names"))).orElse(HostNames.NONE);
        Optional<AdminConfig> admin = section(() ->
                new AdminConfig(text("admin.host"), integer("admin.port"), names, token, integer("admin.pictures")));
        Optional<LagConfig> lag = section(() -> new LagConfig(
                duration("lag.target-wait.high"),
                duration("lag.target-wait.normal"),
                duration("lag.target-wait.low"),
                integer("lag.replicas.min"),
                integer("lag.replicas.max"),
                duration("lag.step-time")));
        Optional<LogConfig> log = section(() -> new LogConfig(choice("log.format", LogConfig.Format.class)));
        String workerId = optional("worker-id").orElse(defaultWorkerId);
        if (kafka.isEmpty()
                || s3.isEmpty()
                || models.isEmpty()
                || device.isEmpty()
                || delivery.isEmpty()
                || lanes.isEmpty()
                || retry.isEmpty()
                || admin.isEmpty()
                || lag.isEmpty()
                || log.isEmpty()) {
            throw new ConfigException(problems);
        }
        Optional<WorkerConfig> config = section(() -> new WorkerConfig(
                workerId,
                kafka.get(),
                s3.get(),
                models.get(),
                device.get(),
                delivery.get(),
                lanes.get(),
                retry.get(),
                admin.get(),
                lag.get(),
                log.get()));
        if (config.isEmpty() || !problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return config.get();
    }

    private Optional<KafkaConfig> kafka() {
        String jobs = text("kafka.topics.jobs");
        Optional<TopicsConfig> topics = section(() -> new TopicsConfig(
                jobs,
                optional("kafka.topics.jobs-high").orElse(Lane.HIGH.topic(jobs)),
                optional("kafka.topics.jobs-low").orElse(Lane.LOW.topic(jobs)),
                text("kafka.topics.events"),
                text("kafka.topics.retry"),
                text("kafka.topics.control"),
                text("kafka.topics.dead-letters"),
                integer("kafka.topics.partitions"),
                optionalInteger("kafka.topics.replication")));
        Map<String, String> properties = new TreeMap<>();
        kafkaProperties.forEach((name, value) -> properties.put(name, value.value()));
        // A placeholder for topics that failed: the other settings of the section are still checked.
        TopicsConfig checked = topics.orElseGet(
                () -> new TopicsConfig("jobs", "events", "retry", "control", "dlq.jobs", 1, OptionalInt.empty()));
        return section(
                () -> new KafkaConfig(text("kafka.bootstrap-servers"), properties, checked, text("kafka.group")));
    }

    private Optional<S3Config> s3() {
        Optional<String> access = optional("s3.access-key");
        Optional<String> secret = optional("s3.secret-key");
        if (access.isPresent() != secret.isPresent()) {
            String absent = access.isPresent() ? "s3.secret-key" : "s3.access-key";
            problem(absent, "must be given together with " + (access.isPresent() ? "s3.access-key" : "s3.secret-key"));
        }
        Optional<S3Config.Keys> keys = access.flatMap(
                accessKey -> secret.flatMap(secretKey -> section(() -> new S3Config.Keys(accessKey, secretKey))));
        return section(() -> new S3Config(
                optional("s3.endpoint").flatMap(text -> uri("s3.endpoint", text)),
                text("s3.region"),
                text("s3.bucket"),
                text("s3.prefix"),
                text("s3.input-prefix"),
                bool("s3.path-style"),
                keys,
                optional("s3.ca-file").flatMap(text -> path("s3.ca-file", text))));
    }

    /** Builds a record; what its constructor objects to is noted, with where the value came from. */
    private <T> Optional<T> section(Supplier<T> record) {
        try {
            return Optional.of(record.get());
        } catch (ConfigException e) {
            e.problems().forEach(problem -> problem(problem.key(), problem.message()));
            return Optional.empty();
        }
    }

    private Optional<String> optional(String key) {
        return Optional.ofNullable(given.get(key)).map(ConfigLoader.Given::value);
    }

    private String text(String key) {
        return optional(key).orElseGet(() -> fallback(key));
    }

    private static String fallback(String key) {
        return Settings.byKey(key).flatMap(Setting::fallback).orElseThrow();
    }

    private <T> T parsed(String key, String rule, Function<String, Optional<T>> parser) {
        String text = text(key);
        Optional<T> value = parser.apply(text);
        if (value.isEmpty()) {
            problem(key, rule + ", but is \"" + text + "\"");
        }
        return value.or(() -> parser.apply(fallback(key))).orElseThrow();
    }

    private int integer(String key) {
        return parsed(key, "must be a whole number", SettingsReader::parseInteger);
    }

    private OptionalInt optionalInteger(String key) {
        Optional<String> text = optional(key);
        Optional<Integer> number = text.flatMap(SettingsReader::parseInteger);
        if (text.isPresent() && number.isEmpty()) {
            problem(key, "must be a whole number, but is \"" + text.get() + "\"");
        }
        return number.isPresent() ? OptionalInt.of(number.get()) : OptionalInt.empty();
    }

    private static Optional<Integer> parseInteger(String text) {
        try {
            return Optional.of(Integer.valueOf(text.strip()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private boolean bool(String key) {
        return parsed(key, "must be true or false", text -> switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    private <E extends Enum<E>> E choice(String key, Class<E> type) {
        List<String> names = Arrays.stream(type.getEnumConstants())
                .map(SettingsReader::textOf)
                .toList();
        return parsed(
                key,
                "must be one of " + String.join(", ", names),
                text -> Arrays.stream(type.getEnumConstants())
                        .filter(constant -> textOf(constant).equals(text))
                        .findFirst());
    }

    /** An enum constant as it is written in the configuration. */
    static String textOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private Duration duration(String key) {
        return parsed(key, "must be a duration such as 30s, 5m or PT30S", SettingsReader::parseDuration);
    }

    private static Optional<Duration> parseDuration(String text) {
        Matcher matcher = SHORT_DURATION.matcher(text);
        if (matcher.matches()) {
            long amount = Long.parseLong(matcher.group(1));
            return Optional.of(
                    switch (matcher.group(2)) {
                        case "ms" -> Duration.ofMillis(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        default -> Duration.ofHours(amount);
                    });
        }
        try {
            return Optional.of(Duration.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private Path path(String key) {
        return parsed(key, "must be a path", SettingsReader::parsePath);
    }

    private Optional<Path> path(String key, String text) {
        Optional<Path> path = parsePath(text);
        if (path.isEmpty()) {
            problem(key, "must be a path");
        }
        return path;
    }

    private static Optional<Path> parsePath(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private ByteSize size(String key) {
        return parsed(key, "must be a size such as 500MB, 50GB or 16GiB", ByteSize::parse);
    }

    private Optional<ByteSize> size(String key, String text) {
        Optional<ByteSize> size = ByteSize.parse(text);
        if (size.isEmpty()) {
            problem(key, "must be a size such as 500MB, 12GB or 16GiB, but is \"" + text + "\"");
        }
        return size;
    }

    private Optional<URI> uri(String key, String text) {
        try {
            return Optional.of(new URI(text));
        } catch (URISyntaxException e) {
            // The text may hold a password: it is not repeated.
            problem(key, "must be http(s)://host[:port]");
            return Optional.empty();
        }
    }

    private void problem(String key, String message) {
        ConfigLoader.Given source = kafkaProperties.get(key.replaceFirst("^kafka\\.properties\\.", ""));
        source = given.getOrDefault(key, source);
        problems.add(
                new ConfigException.Problem(key, source == null ? message : message + " (" + source.origin() + ")"));
    }
}
