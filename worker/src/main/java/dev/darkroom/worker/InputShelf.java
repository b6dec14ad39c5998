package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.worker.GivenPictures.NamedPicture;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PictureReader;
import dev.darkroom.worker.image.Resampling;
import dev.darkroom.worker.image.UnreadablePictureException;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * The pictures in the bucket that jobs name. Anybody may have put them there: a job reaches none but those below one prefix,
 * and what is no picture, or too large, is its failure. Safe for use by several threads.
 */
final class InputShelf {
    private final ResultStore store;
    private final String prefix;
    /** One picture at a time: unpacked it is large, and a worker has several jobs. */
    private final Semaphore decoder = new Semaphore(1, true);

    /**
     * Looks at nothing yet.
     *
     * @param prefix first part of every key that a job may name; every key where it is empty
     */
    InputShelf(ResultStore store, String prefix) {
        this.store = store;
        this.prefix = prefix;
    }

    /**
     * The pictures that a job names, as large as those that are to be made of them; empty where it names none.
     *
     * @param stop raised when the work is to end before the next picture
     * @throws JobFailedException when one is not there, or none to begin with
     * @throws StorageException when the bucket does not answer
     */
    Optional<GivenPictures> read(GenerationJob job, StopSignal stop)
            throws JobFailedException, StorageException, StoppedException, InterruptedException {
        if (job.given().isEmpty()) {
            return Optional.empty();
        }
        GivenImage given = job.given().get();
        NamedPicture image = read("image", given.image(), stop, picture -> Beginnings.sized(job, picture));
        Optional<NamedPicture> mask = Optional.empty();
        if (given.maskImage().isPresent()) {
            Picture below = image.picture();
            mask = Optional.of(read(
                    "mask_image",
                    given.maskImage().get(),
                    stop,
                    picture -> Resampling.resize(picture, below.width(), below.height())));
        }
        return Optional.of(new GivenPictures(image, mask));
    }

    private interface Sizing {
        Picture apply(Picture picture) throws JobFailedException;
    }

    private NamedPicture read(String field, String key, StopSignal stop, Sizing sizing)
            throws JobFailedException, StorageException, StoppedException, InterruptedException {
        if (!prefix.isEmpty() && !key.startsWith(prefix + "/")) {
            throw invalid(field, key, "this worker reads pictures below " + prefix + "/ only (s3.input-prefix)");
        }
        decoder.acquire();
        try {
            if (stop.isRaised()) { // only now: others may have read for a while
                throw new StoppedException();
            }
            byte[] file = store.read(key, PictureReader.MOST_BYTES)
                    .orElseThrow(() -> invalid(
                            field,
                            key,
                            "bucket " + store.bucket()
                                    + " has no such object: it must be there before the job is sent"));
            NamedPicture whole = NamedPicture.of(file);
            return new NamedPicture(sizing.apply(whole.picture()), whole.sha256());
        } catch (StorageException e) {
            if (e.isOfObject()) {
                throw new JobFailedException(FailureCode.INVALID_JOB, field + ": " + e.getMessage(), e);
            }
            throw e;
        } catch (UnreadablePictureException e) {
            throw new JobFailedException(
                    FailureCode.INVALID_JOB, field + ": " + key + " cannot be read: " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new JobFailedException(FailureCode.OUT_OF_MEMORY, field + ": " + key + " does not fit the memory", e);
        } finally {
            decoder.release();
        }
    }

    private static JobFailedException invalid(String field, String key, String why) {
        return new JobFailedException(FailureCode.INVALID_JOB, field + ": " + key + ": " + why);
    }
}
