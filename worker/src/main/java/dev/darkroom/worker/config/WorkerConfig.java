package dev.darkroom.worker.config;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The whole configuration of a worker.
 *
 * @param workerId names this worker in events and logs, e.g. {@code gpu-7-4711}
 */
public record WorkerConfig(
        String workerId,
        KafkaConfig kafka,
        S3Config s3,
        ModelsConfig models,
        DeviceConfig device,
        DeliveryConfig delivery,
        LanesConfig lanes,
        RetryConfig retry,
        AdminConfig admin,
        LagConfig lag,
        LogConfig log) {
    static final String MASK = "********";

    private static final Pattern WORKER_ID = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    public WorkerConfig {
        new Rules()
                .check(
                        WORKER_ID.matcher(workerId).matches(),
                        "worker-id",
                        "must be 1-100 of A-Z a-z 0-9 . _ -",
                        workerId)
                .raise();
    }

    /** The effective configuration as YAML, one {@code key: value} a line, secrets masked. */
    public String render() {
        StringBuilder text = new StringBuilder();
        for (Setting setting : Settings.all()) {
            Optional<String> value = setting.effective().apply(this);
            value.ifPresent(present -> line(text, setting.key(), setting.secret() ? MASK : present));
        }
        kafka.maskedProperties().forEach((name, value) -> line(text, Settings.KAFKA_PROPERTIES + "." + name, value));
        return text.toString();
    }

    /** Quoted, so that every value is read back as the text that it is. */
    private static void line(StringBuilder text, String key, String value) {
        text.append(key)
                .append(": \"")
                .append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
                .append("\"\n");
    }
}
