package dev.darkroom.worker;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.DeliveryConfig.Mode;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.DeadLetterReader;
import dev.darkroom.worker.intake.GroupBacklog;
import dev.darkroom.worker.storage.BucketListing;
import io.minio.errors.MinioException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a worker that died left behind, and what there is when another one has done the rest. The queue, and the folder in
 * the bucket, are the row's own.
 *
 * @param objectsAtDeath last parts of the keys below the job's id, in order
 * @param backlogAtDeath records that were not settled
 * @param events of the job, {@code progress} left out
 * @param letters dead letters of the job
 */
record Aftermath(
        WorkerConfig config,
        List<String> objectsAtDeath,
        long backlogAtDeath,
        List<CloudEvent> events,
        List<DeadLetter> letters,
        List<String> objects) {
    private static final Duration LIMIT = Duration.ofSeconds(150);
    /** It comes behind the job, so when it has ended nothing of the job is left in the queue. */
    private static final String NEXT = "{\"id\":\"next\",\"prompt\":\"a red ring\",\"num_inference_steps\":1}";

    Aftermath {
        objectsAtDeath = List.copyOf(objectsAtDeath);
        events = List.copyOf(events);
        letters = List.copyOf(letters);
        objects = List.copyOf(objects);
    }

    /** Lets a worker die, and another one do the rest. */
    static Aftermath of(TestStack stack, Path folder, Mode mode, DeathRow row) throws Exception {
        Map<String, String> settings = settings(folder, mode, row);
        WorkerConfig config = ConfigLoader.load(Optional.empty(), stack.environment(), settings, "survivor");
        WorkerSetup.initialise(config);
        stack.send(config.kafka().topics().jobs(), "job", bytes(row.job().json()));
        try (WorkerProcess victim = victim(stack, folder, settings, row.death())) {
            int status = victim.awaitExit(LIMIT);
            if (status != DyingWorkerMain.STATUS) {
                throw new AssertionError("It did not die, but ended with " + status + ":\n" + victim.output());
            }
        }
        List<String> objectsAtDeath = objects(config);
        try (GroupBacklog backlog = new GroupBacklog(config.kafka(), mode)) {
            long backlogAtDeath = backlog.records();
            List<CloudEvent> events = recover(stack, config, backlog, row.told(mode));
            return new Aftermath(config, objectsAtDeath, backlogAtDeath, events, letters(config), objects(config));
        }
    }

    private static Map<String, String> settings(Path folder, Mode mode, DeathRow row) {
        String name = (mode + "-" + row.job() + "-" + row.death()).toLowerCase(Locale.ROOT);
        Map<String, String> settings = new HashMap<>(Map.of(
                "delivery",
                mode.name().toLowerCase(Locale.ROOT),
                "models",
                folder.toString(),
                "default-model",
                "shapes",
                "retry.attempts",
                "2",
                "s3.prefix",
                name,
                "kafka.group",
                name,
                "kafka.topics.jobs",
                "jobs." + name,
                "kafka.topics.events",
                "events." + name));
        settings.put("kafka.topics.retry", "retry." + name);
        settings.put("kafka.topics.control", "control." + name);
        settings.put("kafka.topics.dead-letters", "dlq." + name);
        if (mode == Mode.CLASSIC) {
            settings.put("share.lock-duration", "PT6S"); // the shortest that brokers allow
        }
        return settings;
    }

    private static WorkerProcess victim(TestStack stack, Path folder, Map<String, String> settings, Death death)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of(death.name()));
        settings.forEach((key, value) -> arguments.add(key + "=" + value));
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1"); // it does not live long
        return WorkerProcess.start(folder, environment, DyingWorkerMain.class, arguments);
    }

    private static List<CloudEvent> recover(
            TestStack stack, WorkerConfig config, GroupBacklog backlog, DeathRow.Told told) throws Exception {
        String topic = config.kafka().topics().events();
        try (Worker survivor = Worker.start(config);
                EventLog events = new EventLog(stack.bootstrapServers(), topic)) {
            events.await(
                    "job", list -> withoutProgress(list).size() >= told.events().size(), LIMIT);
            stack.send(config.kafka().topics().jobs(), "next", bytes(NEXT));
            events.awaitEnd("next", LIMIT);
            awaitEmpty(backlog, events);
            survivor.stop();
            events.catchUp();
            return withoutProgress(events.of("job"));
        }
    }

    private static List<CloudEvent> withoutProgress(List<CloudEvent> events) {
        return events.stream()
                .filter(event -> !(event.event() instanceof JobEvent.Progress))
                .toList();
    }

    private static void awaitEmpty(GroupBacklog backlog, EventLog events) throws Exception {
        Instant end = Instant.now().plus(LIMIT);
        while (backlog.records() > 0) {
            if (Instant.now().isAfter(end)) {
                throw new AssertionError(backlog.records() + " records are not settled");
            }
            events.poll(Duration.ofMillis(100));
        }
    }

    private static List<DeadLetter> letters(WorkerConfig config) throws Exception {
        List<DeadLetter> letters = new ArrayList<>();
        try (DeadLetterReader reader = DeadLetterReader.open(config.kafka())) {
            for (List<DeadLetter> next = reader.next(); !next.isEmpty(); next = reader.next()) {
                letters.addAll(next);
            }
        }
        return letters;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Without the marks of deliveries: how often a record was fetched is the broker's affair. */
    private static List<String> objects(WorkerConfig config) throws MinioException {
        return BucketListing.keys(config.s3(), config.s3().prefix() + "/job/").stream()
                .filter(key -> !key.contains("/deliveries/"))
                .map(key -> key.substring(key.lastIndexOf('/') + 1))
                .sorted()
                .toList();
    }
}
