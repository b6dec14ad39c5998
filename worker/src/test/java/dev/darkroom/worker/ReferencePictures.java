package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.Share;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.storage.ObjectKeys;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a job's pictures must be, made without Kafka and bucket. */
public final class ReferencePictures implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final DenoisingLoop loop = new DenoisingLoop("reference", WorkerModels.MAX_ROWS);
    private final Developing developing = new Developing(loop, Optional.empty(), FixedSlots.prefetch());
    private final LoadedModel model;
    private final String prefix;

    /**
     * Makes pictures of one model.
     *
     * @param prefix first part of the keys in the bucket
     */
    public ReferencePictures(LoadedModel model, String prefix) {
        this.model = model;
        this.prefix = prefix;
    }

    /** The keys that a job has in the bucket, and the bytes under those of its pictures. */
    public record Reference(ObjectKeys keys, List<byte[]> pictures) {}

    public Reference of(String json) throws Exception {
        GenerationJob job = JobCodec.decode(json.getBytes(StandardCharsets.UTF_8));
        ResolvedJob resolved = JobResolver.resolve(
                job, Optional.empty(), model, model.description().schedulerConfig());
        JobTimer timer = new JobTimer(Duration.ZERO, System::nanoTime);
        Developed developed =
                developing.develop(resolved, Share.EQUAL, LONG, step -> {}, timer, new StopSignal(), nobody());
        return new Reference(
                ObjectKeys.of(prefix, job.id(), resolved.hash()),
                developed.images().stream().map(EncodedImage::bytes).toList());
    }

    /** No worker before, and none after. */
    private Handover nobody() {
        JobRecord record = new JobRecord("jobs", 0, 0, Optional.empty(), new byte[0], List.of(), Instant.EPOCH, 1);
        Lease lease = new ScriptedLease(record, new Acts(), List.of(), List.of(), List.of());
        return new Handover(lease, new StopSignal(), prefix, Optional.empty());
    }

    /** What tells a record's job from others of the same id. */
    public static String contentHash(String json) {
        return JobIdentity.of(json.getBytes(StandardCharsets.UTF_8))
                .orElseThrow()
                .contentHash();
    }

    @Override
    public void close() {
        loop.close();
    }
}
