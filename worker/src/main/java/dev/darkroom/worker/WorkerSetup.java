package dev.darkroom.worker;

import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.ClusterAdmin;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.JobGroup;
import dev.darkroom.worker.intake.JobTopics;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.ResultStore.PutResult;
import dev.darkroom.worker.storage.S3ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes what a worker needs in Kafka and in the bucket, where it is not there. */
final class WorkerSetup {
    private static final Logger log = LoggerFactory.getLogger(WorkerSetup.class);

    private WorkerSetup() {}

    /** What was found or made. */
    record Result(JobGroup group, List<String> changes) {}

    /** Creates topics, group settings and bucket; returns what it changed, nothing if all was there. */
    static List<String> initialise(WorkerConfig config) throws IntakeException, StorageException {
        try (S3ResultStore store = new S3ResultStore(config.s3())) {
            return initialise(config, store).changes();
        }
    }

    static Result initialise(WorkerConfig config, ResultStore store) throws IntakeException, StorageException {
        List<String> changes = new ArrayList<>();
        if (store.ensureBucket()) {
            changes.add("created bucket " + store.bucket());
        }
        checkConditionalWrites(config, store);
        try (ClusterAdmin cluster = ClusterAdmin.connect(config.kafka())) {
            changes.addAll(new JobTopics(cluster, config.kafka().topics()).createMissing());
            JobGroup group = JobGroup.choose(cluster, config.kafka(), config.delivery());
            changes.addAll(group.setUp(cluster));
            changes.forEach(change -> log.info("Set up: {}", change));
            return new Result(group, changes);
        }
    }

    /** One outcome per job stands on If-None-Match; a store that ignores it would break that without a word. */
    private static void checkConditionalWrites(WorkerConfig config, ResultStore store) throws StorageException {
        String key = ObjectKeys.probe(config.s3().prefix());
        byte[] probe = "{}".getBytes(StandardCharsets.UTF_8);
        store.putIfAbsent(key, probe, "application/json");
        if (store.putIfAbsent(key, probe, "application/json") != PutResult.EXISTED) {
            throw StorageException.permanent("The S3 server at " + config.s3().endpointText()
                    + " overwrites objects in spite of If-None-Match: Darkroom needs conditional writes (s3.endpoint)");
        }
    }
}
