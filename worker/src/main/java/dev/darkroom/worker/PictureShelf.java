package dev.darkroom.worker;

import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.SourceImage;
import dev.darkroom.event.StoredImage;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.EventCodec;
import dev.darkroom.worker.image.SourceParameters;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.ResultStore.PutResult;
import dev.darkroom.worker.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pictures of jobs in the bucket, each job's with a manifest, which is written last and says that they are all there.
 * Safe for use by several threads and workers.
 */
final class PictureShelf {
    private final ResultStore store;
    private final String prefix;

    /**
     * Looks at nothing yet.
     *
     * @param prefix of all keys in the bucket
     */
    PictureShelf(ResultStore store, String prefix) {
        this.store = store;
        this.prefix = prefix;
    }

    /** The completed event of a job whose manifest is there: an earlier attempt got as far as that. */
    Optional<JobEvent> finished(ResolvedJob resolved) throws StorageException {
        Optional<byte[]> manifest = store.find(keys(resolved).manifest());
        return manifest.isEmpty() ? Optional.empty() : Optional.of(read(manifest.get()));
    }

    /**
     * Uploads pictures, then the manifest.
     *
     * @param stop raised when the work is to end before the next object
     * @return the completed event that is in effect from now on
     */
    JobEvent put(Developed developed, int attempt, JobTimer timer, StopSignal stop)
            throws StorageException, StoppedException {
        ObjectKeys keys = keys(developed.resolved());
        GenerationJob job = developed.resolved().job();
        List<StoredImage> stored = new ArrayList<>();
        for (int k = 0; k < developed.images().size(); k++) {
            stopIfRaised(stop, developed);
            EncodedImage image = developed.images().get(k);
            stored.add(put(keys.image(k, image.format().extension()), image));
        }
        stopIfRaised(stop, developed);
        return put(
                keys.manifest(),
                new JobEvent.Completed(
                        job.id(),
                        attempt,
                        job.context(),
                        developed.model(),
                        Optional.of(job.noise()),
                        source(developed.resolved()),
                        stored,
                        timer.timings()));
    }

    private static Optional<SourceImage> source(ResolvedJob resolved) {
        return resolved.job()
                .given()
                .flatMap(given -> resolved.source()
                        .map(source -> new SourceImage(
                                given, source.imageSha256(), source.mask().map(SourceParameters.Masked::sha256))));
    }

    private static void stopIfRaised(StopSignal stop, Developed developed) throws StoppedException {
        if (stop.isRaised()) {
            throw new StoppedException(developed.resolved().request().numInferenceSteps());
        }
    }

    /** The manifest is the completed event: where an earlier try wrote it already, that one is told. */
    private JobEvent put(String key, JobEvent.Completed completed) throws StorageException {
        if (store.putIfAbsent(key, EventCodec.encode(completed), "application/json") == PutResult.CREATED) {
            return completed;
        }
        return read(store.get(key));
    }

    private static JobEvent read(byte[] manifest) {
        try {
            return EventCodec.decode("completed", manifest);
        } catch (InvalidEventException e) {
            throw new IllegalStateException("A manifest in the bucket is not readable", e);
        }
    }

    /** What is in the bucket in the end: an earlier attempt's picture stays, and the manifest speaks of that one. */
    private StoredImage put(String key, EncodedImage image) throws StorageException {
        PutResult result = store.putIfAbsent(key, image.bytes(), image.format().mediaType());
        byte[] bytes = result == PutResult.CREATED ? image.bytes() : store.get(key);
        return new StoredImage(
                store.bucket(),
                key,
                Optional.empty(),
                Sha256.hex(bytes),
                bytes.length,
                image.width(),
                image.height(),
                image.format().label(),
                image.seed());
    }

    private ObjectKeys keys(ResolvedJob resolved) {
        return ObjectKeys.of(prefix, resolved.job().id(), resolved.hash());
    }
}
