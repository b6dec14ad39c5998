package dev.darkroom.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.job.InvalidCancelRequestException;
import dev.darkroom.job.JobRules;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cancel requests on the control topic: the job's id is the key, and the value is JSON as {@code control.v1.json}
 * describes it. Reading is strict: at most 4 KiB, UTF-8, one object, no key twice, no field that the schema does not know.
 * Messages never repeat what was read, but for a key.
 */
public final class CancelCodec {
    /** Of a record's value. */
    public static final int MAX_BYTES = 4096;

    private static final String CANCEL = "cancel";
    private static final String REASON = "reason";

    private CancelCodec() {}

    /** The value of a request's record, UTF-8; its key is {@link CancelRequest#jobId}. */
    public static byte[] encode(CancelRequest request) {
        ObjectNode json = StrictJson.MAPPER.createObjectNode().put(CANCEL, true);
        request.reason().ifPresent(reason -> json.put(REASON, reason));
        return JobCodec.bytes(json);
    }

    /**
     * Reads a request from a record.
     *
     * @param key the record's key: the job's id
     * @param value the record's value; null, with which a request is taken back, is not a request
     */
    public static CancelRequest decode(byte @Nullable [] key, byte @Nullable [] value)
            throws InvalidCancelRequestException {
        String jobId = jobId(key);
        return new CancelRequest(jobId, reason(json(value)));
    }

    /** Reads the id of the job that a record is about from its key. */
    public static String jobId(byte @Nullable [] key) throws InvalidCancelRequestException {
        if (key == null) {
            throw new InvalidCancelRequestException("The key must be a job's id, is missing");
        }
        if (key.length > JobRules.MAX_ID_LENGTH) {
            throw new InvalidCancelRequestException(
                    "The key must be a job's id of at most " + JobRules.MAX_ID_LENGTH + " bytes, has " + key.length);
        }
        String jobId = new String(key, StandardCharsets.UTF_8);
        Optional<String> broken = JobRules.id(jobId);
        if (broken.isPresent()) {
            throw new InvalidCancelRequestException("The key must be a job's id: " + broken.get());
        }
        return jobId;
    }

    private static JsonNode json(byte @Nullable [] value) throws InvalidCancelRequestException {
        if (value != null && value.length > MAX_BYTES) {
            throw new InvalidCancelRequestException(
                    "The value must have at most " + MAX_BYTES + " bytes, has " + value.length);
        }
        try {
            JsonNode json = StrictJson.MAPPER.readTree(StrictJson.text(value));
            if (!json.isObject()) {
                throw new InvalidCancelRequestException("The value must be a JSON object");
            }
            return json;
        } catch (StrictJson.UnreadableException e) {
            throw new InvalidCancelRequestException("The value " + e.getMessage());
        } catch (JsonProcessingException e) {
            // The parser's own words may repeat the text.
            throw new InvalidCancelRequestException("The value must be one JSON object, no key twice");
        }
    }

    private static Optional<String> reason(JsonNode json) throws InvalidCancelRequestException {
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!name.equals(CANCEL) && !name.equals(REASON)) {
                throw new InvalidCancelRequestException(
                        "The value must have no fields but " + CANCEL + " and " + REASON);
            }
        }
        JsonNode cancel = json.path(CANCEL);
        if (!cancel.isBoolean() || !cancel.booleanValue()) {
            throw new InvalidCancelRequestException("The field " + CANCEL + " must be true");
        }
        if (!json.has(REASON)) {
            return Optional.empty();
        }
        if (!json.path(REASON).isTextual()) {
            throw new InvalidCancelRequestException("The field " + REASON + " must be a string");
        }
        String reason = json.path(REASON).textValue();
        Optional<String> broken = JobRules.reason(reason);
        if (broken.isPresent()) {
            throw new InvalidCancelRequestException("The field " + REASON + " " + broken.get());
        }
        return Optional.of(reason);
    }
}
