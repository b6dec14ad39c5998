package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import dev.darkroom.json.EventCodec;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.ResultStore.PutResult;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * What the bucket remembers of a job id: which content it stands for, and how it ended. Both are written once, by
 * whoever comes first, so that a job has one outcome whatever is delivered again and whoever dies in between. Only an
 * operator undoes a failure ({@link #forgetOutcome}). Safe for use by several threads and workers.
 */
final class JobLedger {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String MEDIA_TYPE = "application/json";

    /** What the bucket said of a claim. */
    enum Claim {
        /** Nobody has worked on this id before. */
        FIRST,
        /** The same job was taken before: it may have ended already. */
        AGAIN,
        /** The id belongs to another job. */
        TAKEN
    }

    /** How it stands with a job, seen from a record of it. */
    enum Standing {
        /** It has not ended, or its failure was forgotten. */
        OPEN,
        /** It has failed. */
        FAILED,
        /** It has ended, but not as failed. */
        ENDED,
        /** The id belongs to another job. */
        TAKEN,
        /** What the bucket has under the id is not what a worker writes. */
        UNREADABLE
    }

    /** What the bucket has under a job's id is not what a worker writes. */
    static final class UnreadableException extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        UnreadableException(String what, Exception cause) {
            super("The " + what + " of a job in the bucket is not readable", cause);
        }
    }

    private final ResultStore store;
    private final String prefix;

    JobLedger(ResultStore store, String prefix) {
        this.store = store;
        this.prefix = prefix;
    }

    /**
     * Claims an id for a job. A record is the same job as itself, even if another version of the worker reads its content
     * differently.
     *
     * @param position of the job's record, see {@code JobRecord.position()}
     */
    Claim claim(JobIdentity job, String position) throws StorageException {
        String key = ObjectKeys.claim(prefix, job.id());
        ObjectNode mine =
                JSON.createObjectNode().put("sha256", job.contentHash()).put("record", position);
        if (store.putIfAbsent(key, mine.toString().getBytes(StandardCharsets.UTF_8), MEDIA_TYPE) == PutResult.CREATED) {
            return Claim.FIRST;
        }
        JsonNode first = read(store.get(key), "claim");
        boolean same = first.path("sha256").asText().equals(job.contentHash())
                || first.path("record").asText().equals(position);
        return same ? Claim.AGAIN : Claim.TAKEN;
    }

    /** The terminal event of a job that has ended. */
    Optional<JobEvent> outcome(String jobId) throws StorageException {
        Optional<byte[]> written = store.find(ObjectKeys.outcome(prefix, jobId));
        return written.isEmpty() ? Optional.empty() : Optional.of(event(written.get()));
    }

    /** Writes how a job ended, unless that was written before; returns the event that is in effect from now on. */
    JobEvent conclude(JobEvent terminal) throws StorageException {
        String data = new String(EventCodec.encode(terminal), StandardCharsets.UTF_8);
        byte[] mine = ("{\"type\":\"" + terminal.type() + "\",\"data\":" + data + "}").getBytes(StandardCharsets.UTF_8);
        String key = ObjectKeys.outcome(prefix, terminal.jobId());
        return store.putIfAbsent(key, mine, MEDIA_TYPE) == PutResult.CREATED ? terminal : event(store.get(key));
    }

    /** How it stands with a job; changes nothing. */
    Standing standing(JobIdentity job) throws StorageException {
        try {
            Optional<byte[]> claim = store.find(ObjectKeys.claim(prefix, job.id()));
            if (claim.isPresent()
                    && !read(claim.get(), "claim").path("sha256").asText().equals(job.contentHash())) {
                return Standing.TAKEN;
            }
            Optional<JobEvent> end = outcome(job.id());
            if (end.isEmpty()) {
                return Standing.OPEN;
            }
            return end.get() instanceof JobEvent.Failed ? Standing.FAILED : Standing.ENDED;
        } catch (UnreadableException e) {
            return Standing.UNREADABLE;
        }
    }

    /**
     * Notes that a dead letter of a job is sent back.
     *
     * @param letter names it, see {@link ObjectKeys#sentBack}
     * @return whether it is for the first time: true for one of all who ever note it of the same letter
     */
    boolean markSentBack(String jobId, String letter) throws StorageException {
        byte[] nothing = "{}".getBytes(StandardCharsets.UTF_8);
        return store.putIfAbsent(ObjectKeys.sentBack(prefix, jobId, letter), nothing, MEDIA_TYPE) == PutResult.CREATED;
    }

    /** Forgets how a job ended, so that the next worker that gets it does it anew; the claim to its id stays. */
    void forgetOutcome(String jobId) throws StorageException {
        store.delete(ObjectKeys.outcome(prefix, jobId));
    }

    private static JobEvent event(byte[] written) throws StorageException {
        JsonNode outcome = read(written, "outcome");
        try {
            return EventCodec.decode(outcome.path("type").asText(), data(written));
        } catch (InvalidEventException | IOException e) {
            throw new UnreadableException("outcome", e);
        }
    }

    /** The event's data as it was written: parsed and written anew, its context would not be what the producer sent. */
    private static byte[] data(byte[] outcome) throws IOException {
        try (JsonParser parser = JSON.createParser(outcome)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals("data");
                parser.nextToken();
                int start = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                if (found) {
                    parser.finishToken();
                    return Arrays.copyOfRange(
                            outcome, start, (int) parser.currentLocation().getByteOffset());
                }
            }
        }
        return new byte[0];
    }

    private static JsonNode read(byte[] json, String what) throws StorageException {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UnreadableException(what, e);
        }
    }
}
