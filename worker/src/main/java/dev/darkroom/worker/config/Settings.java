package dev.darkroom.worker.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The table of every setting. The loader, the {@code config} command and the README's table read it; a setting that is
 * not here does not exist.
 */
public final class Settings {
    /** Keys below this one go to the Kafka clients as they are. */
    public static final String KAFKA_PROPERTIES = "kafka.properties";

    /** The same in the environment: {@code DARKROOM_KAFKA_PROPERTY_SASL_MECHANISM} is {@code sasl.mechanism}. */
    public static final String KAFKA_PROPERTY_ENVIRONMENT = "DARKROOM_KAFKA_PROPERTY_";

    private static final List<Setting> ALL = List.of(
            Setting.optional(
                    "worker-id",
                    "Name of this worker in its events; host name and process id when absent",
                    c -> Optional.of(c.workerId())),
            Setting.of(
                    "kafka.bootstrap-servers",
                    "localhost:9092",
                    "Addresses of Kafka brokers, comma-separated",
                    c -> c.kafka().bootstrapServers()),
            Setting.of(
                    "kafka.group",
                    "darkroom",
                    "Group that the workers of one queue share",
                    c -> c.kafka().group()),
            Setting.of(
                    "kafka.topics.jobs",
                    "darkroom.jobs",
                    "Topic that jobs of the normal lane are taken from",
                    c -> c.kafka().topics().jobs()),
            Setting.optional(
                    "kafka.topics.jobs-high",
                    "Topic of the high lane; the normal lane's with `.high` behind it when absent",
                    c -> Optional.of(c.kafka().topics().jobsHigh())),
            Setting.optional(
                    "kafka.topics.jobs-low",
                    "Topic of the low lane; the normal lane's with `.low` behind it when absent",
                    c -> Optional.of(c.kafka().topics().jobsLow())),
            Setting.of(
                    "kafka.topics.events",
                    "darkroom.events",
                    "Topic that events are published to",
                    c -> c.kafka().topics().events()),
            Setting.of(
                    "kafka.topics.retry",
                    "darkroom.retry",
                    "Topic of jobs that wait for another attempt",
                    c -> c.kafka().topics().retry()),
            Setting.of(
                    "kafka.topics.control",
                    "darkroom.control",
                    "Compacted topic of cancel requests",
                    c -> c.kafka().topics().control()),
            Setting.of(
                    "kafka.topics.dead-letters",
                    "dlq.darkroom.jobs",
                    "Topic of jobs that no attempt can do",
                    c -> c.kafka().topics().deadLetters()),
            Setting.of(
                    "kafka.topics.partitions",
                    "1",
                    "Partitions of a topic that `init` creates; classic needs one for each worker at least, share only one",
                    c -> Integer.toString(c.kafka().topics().partitions())),
            Setting.optional(
                    "kafka.topics.replication",
                    "Replicas of a topic that `init` creates; the broker's when absent",
                    c -> text(c.kafka().topics().replication())),
            Setting.optional(
                    "s3.endpoint",
                    "Address of the S3 API; AWS in `s3.region` when absent",
                    c -> c.s3().endpoint().map(Object::toString)),
            Setting.of("s3.region", "us-east-1", "Region of the bucket", c -> c.s3().region()),
            Setting.of("s3.bucket", "darkroom", "Bucket for pictures and manifests", c -> c.s3().bucket()),
            Setting.of("s3.prefix", "pictures", "First part of every object key; may be empty", c -> c.s3().prefix()),
            Setting.of(
                    "s3.input-prefix",
                    "inputs",
                    "First part of the key of every picture that a job may name; any object of the bucket when empty",
                    c -> c.s3().inputPrefix()),
            Setting.of(
                    "s3.path-style",
                    "true",
                    "Bucket in the path (true) or in the host name (false)",
                    c -> Boolean.toString(c.s3().pathStyle())),
            Setting.secret(
                    "s3.access-key",
                    "Access key; with `s3.secret-key` absent too, the ambient AWS chain",
                    c -> c.s3().keys().map(S3Config.Keys::accessKey)),
            Setting.secret(
                    "s3.secret-key",
                    "Secret key that belongs to `s3.access-key`",
                    c -> c.s3().keys().map(S3Config.Keys::secretKey)),
            Setting.optional(
                    "s3.ca-file",
                    "File of certificates in PEM: authorities that are trusted besides Java's own, by the S3 API and where models are fetched from",
                    c -> c.s3().caFile().map(Path::toString)),
            Setting.of(
                    "models",
                    "models",
                    "Folder of models (every checkpoint in it is one, its name the id), one checkpoint, or a catalogue in YAML",
                    c -> c.models().path().toString()),
            Setting.optional(
                    "model-cache.folder",
                    "Where downloaded models are kept; `~/.cache/darkroom/models` when absent",
                    c -> c.models().cache().folder().map(Path::toString)),
            Setting.of(
                    "model-cache.size",
                    "50GB",
                    "The most that downloaded models may take; the least recently used go first",
                    c -> c.models().cache().size().toString()),
            Setting.optional(
                    "default-model",
                    "Model of a job that names none; needed where there are several",
                    c -> c.models().defaultModel()),
            Setting.of(
                    "device",
                    "auto",
                    "Where inference runs: auto, cpu or cuda",
                    c -> name(c.device().kind())),
            Setting.of(
                    "threads",
                    "0",
                    "Threads of one inference on the CPU; 0 takes every core",
                    c -> Integer.toString(c.device().threads())),
            Setting.of(
                    "memory-mode",
                    "low",
                    "low: weights stay in the mapped file; high: repacked copies, faster steps",
                    c -> name(c.device().memory())),
            Setting.of(
                    "determinism",
                    "strict",
                    "strict: the same job has the same bytes, whatever else runs; fast: jobs share calls of the UNet on CUDA too, and may differ by a rounding there",
                    c -> name(c.device().determinism())),
            Setting.optional(
                    "model-memory",
                    "Memory for loaded models, e.g. `12GB`; 70 % of the machine's or container's, 80 % of the card's when absent",
                    c -> c.device().modelMemory().map(Object::toString)),
            Setting.of(
                    "delivery",
                    "auto",
                    "How jobs are taken: share (a share group), classic (a consumer group with transactions), or auto: share where the brokers have it",
                    c -> name(c.delivery().mode())),
            Setting.of(
                    "share.lock-duration",
                    "PT30S",
                    "How long a job stays with a worker that is not heard of; with classic, 6 s at least",
                    c -> text(c.delivery().lockDuration())),
            Setting.of(
                    "share.delivery-limit",
                    "3",
                    "How often a job may kill its worker; after two deaths it is tried by itself",
                    c -> Integer.toString(c.delivery().deliveryLimit())),
            Setting.of(
                    "slots",
                    "1",
                    "Jobs of each lane that a worker has at once, 1-64, or 0 for as many as share a call of the UNet (1 where jobs do not share calls), and up to twice as many while jobs wait; each is a member of its lane's share group, which takes 200 (`group.share.max.size`)",
                    c -> Integer.toString(c.lanes().slots())),
            Setting.of(
                    "lanes.high",
                    "8",
                    "Weight of the high lane: its part of the device while other lanes have jobs too; 0-100, at 0 this worker takes none of its jobs",
                    c -> Integer.toString(c.lanes().high())),
            Setting.of(
                    "lanes.normal",
                    "4",
                    "The same of the normal lane",
                    c -> Integer.toString(c.lanes().normal())),
            Setting.of(
                    "lanes.low",
                    "1",
                    "The same of the low lane",
                    c -> Integer.toString(c.lanes().low())),
            Setting.of(
                    "retry.attempts",
                    "5",
                    "How often a job is tried whose failure may pass, the first time included",
                    c -> Integer.toString(c.retry().attempts())),
            Setting.of(
                    "stall-timeout",
                    "PT10M",
                    "How long a step of the UNet may take; then it is ended, and its jobs are tried again",
                    c -> text(c.retry().stallTimeout())),
            Setting.of(
                    "drain-timeout",
                    "PT60S",
                    "How long running jobs may take to finish after SIGTERM",
                    c -> text(c.delivery().drainTimeout())),
            Setting.of(
                    "checkpoint-on-drain",
                    "false",
                    "Whether a job that is handed back on SIGTERM leaves its state in the bucket, for another worker that has this set to go on from; takes 2 s at most",
                    c -> Boolean.toString(c.delivery().checkpointOnDrain())),
            Setting.of(
                    "admin.host",
                    "127.0.0.1",
                    "Address that the admin server listens on",
                    c -> c.admin().host()),
            Setting.of(
                    "admin.port",
                    "9464",
                    "Port of the admin server; 0 takes a free one",
                    c -> Integer.toString(c.admin().port())),
            Setting.optional(
                    "admin.names",
                    "Host names, with commas between them, that browsers have for its pages: of a proxy in front of it, say. It refuses names that are neither here nor `admin.host` nor `localhost`",
                    c -> Optional.of(c.admin().names().toString()).filter(names -> !names.isEmpty())),
            Setting.secret(
                    "admin.token",
                    "Who has it may cancel and send jobs there, 16-200 characters; without it nobody may",
                    c -> c.admin().token().map(AdminConfig.Token::secret)),
            Setting.of(
                    "admin.pictures",
                    "0",
                    "How many of the latest pictures the page there shows, small, to everybody who can open it; 0-50",
                    c -> Integer.toString(c.admin().pictures())),
            Setting.of(
                    "log.format",
                    "text",
                    "How the log is written: text, or json: an object for each line, with a line for each stage of a job",
                    c -> name(c.log().format())),
            Setting.of(
                    "lag.target-wait.high",
                    "PT15S",
                    "How long the work that waits in the high lane may take: the exporter (`lag`) asks for as many workers as do it in that time",
                    c -> text(c.lag().highWait())),
            Setting.of(
                    "lag.target-wait.normal",
                    "PT60S",
                    "The same of the normal lane",
                    c -> text(c.lag().normalWait())),
            Setting.of(
                    "lag.target-wait.low",
                    "PT10M",
                    "The same of the low lane",
                    c -> text(c.lag().lowWait())),
            Setting.of(
                    "lag.replicas.min",
                    "0",
                    "The least workers that the exporter asks for",
                    c -> Integer.toString(c.lag().leastReplicas())),
            Setting.of(
                    "lag.replicas.max",
                    "10",
                    "The most workers that it asks for",
                    c -> Integer.toString(c.lag().mostReplicas())),
            Setting.of(
                    "lag.step-time",
                    "PT0.2S",
                    "Time of a step of one picture of 512x512, until the events have told that of the model",
                    c -> text(c.lag().stepTime())));

    private Settings() {}

    /** Every setting, in the order in which it is documented. */
    public static List<Setting> all() {
        return ALL;
    }

    /** The environment name of every setting, without the open-ended {@link #KAFKA_PROPERTY_ENVIRONMENT} family. */
    public static List<String> environmentNames() {
        return ALL.stream().map(Setting::environmentName).toList();
    }

    static Optional<Setting> byKey(String key) {
        return ALL.stream().filter(setting -> setting.key().equals(key)).findFirst();
    }

    static Optional<Setting> byEnvironmentName(String name) {
        return ALL.stream()
                .filter(setting -> setting.environmentName().equals(name))
                .findFirst();
    }

    /** A number of seconds and more, or milliseconds below it, in ISO 8601: {@code PT30S}. */
    private static String text(Duration duration) {
        return duration.toString();
    }

    private static Optional<String> text(OptionalInt number) {
        return number.isPresent() ? Optional.of(Integer.toString(number.getAsInt())) : Optional.empty();
    }

    private static String name(Enum<?> constant) {
        return SettingsReader.textOf(constant);
    }
}
