package dev.darkroom.worker;

import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.ResultStore.PutResult;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Which content a job id stands for. The first worker that takes an id writes the job's hash below it, conditionally, so
 * that of two different jobs with one id exactly one wins, whatever the order of deliveries. Costs one request, which
 * also tells whether a look for an earlier result is needed at all.
 */
final class JobClaims {
    /** What the bucket said. */
    enum Claim {
        /** Nobody has worked on this id before. */
        FIRST,
        /** The same job was taken before: it may have a result already. */
        AGAIN,
        /** The id belongs to another job. */
        TAKEN
    }

    private final ResultStore store;

    JobClaims(ResultStore store) {
        this.store = store;
    }

    /**
     * Claims an id.
     *
     * @param hash of the job's content, in hex
     */
    Claim claim(ObjectKeys keys, String hash) throws StorageException {
        byte[] mine = hash.getBytes(StandardCharsets.US_ASCII);
        if (store.putIfAbsent(keys.claim(), mine, "text/plain") == PutResult.CREATED) {
            return Claim.FIRST;
        }
        return Arrays.equals(store.get(keys.claim()), mine) ? Claim.AGAIN : Claim.TAKEN;
    }
}
