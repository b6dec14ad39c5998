package dev.darkroom.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.LoraRef;
import dev.darkroom.event.ModelRef;
import dev.darkroom.event.SourceImage;
import dev.darkroom.event.StoredImage;
import dev.darkroom.event.Timings;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.IntegerRule;
import dev.darkroom.job.JobRules;
import dev.darkroom.job.Noise;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Reads the data of one event. Fields it does not know are left alone: events grow. */
final class EventReader {
    private static final Map<String, Kind> KINDS = Map.of(
            "started", EventReader::started,
            "progress", EventReader::progress,
            "completed", EventReader::completed,
            "failed", EventReader::failed,
            "retrying", EventReader::retrying,
            "rejected", EventReader::rejected,
            "cancelled", EventReader::cancelled,
            "expired", EventReader::expired);

    private static final IntegerRule INT = new IntegerRule(Integer.MIN_VALUE, Integer.MAX_VALUE, 1);
    private static final IntegerRule LONG = new IntegerRule(Long.MIN_VALUE, Long.MAX_VALUE, 1);

    private final String jobId;
    private final int attempt;
    private final Optional<String> context;
    private final JsonNode json;

    private EventReader(JsonNode json, Optional<String> context) {
        this.json = json;
        this.jobId = text(json, "job_id");
        this.attempt = integer(json, "attempt");
        this.context = context;
    }

    static JobEvent read(String what, byte @Nullable [] data) throws InvalidEventException {
        Kind kind = KINDS.get(what);
        if (kind == null) {
            throw new InvalidEventException("Not a known kind of event: " + JobRules.quoted(what));
        }
        try {
            String text = StrictJson.text(data);
            JsonNode json = StrictJson.MAPPER.readTree(text);
            if (!json.isObject()) {
                throw new InvalidEventException("An event's data must be a JSON object: " + what);
            }
            return kind.read(new EventReader(json, StrictJson.rawField(text, "context")));
        } catch (StrictJson.UnreadableException | IllegalArgumentException e) {
            throw new InvalidEventException("Event '" + what + "': " + e.getMessage());
        } catch (IOException e) {
            throw new InvalidEventException("Event '" + what + "' is not JSON");
        }
    }

    private JobEvent started() {
        return new JobEvent.Started(jobId, attempt, context, text(json, "worker"), text(json, "model"));
    }

    private JobEvent progress() {
        return new JobEvent.Progress(
                jobId, attempt, context, integer(json, "step"), integer(json, "steps"), optionalText(json, "preview"));
    }

    private JobEvent completed() {
        JsonNode model = object(json, "model");
        List<StoredImage> images = new ArrayList<>();
        if (!json.path("images").isArray()) {
            throw new IllegalArgumentException("images: must be an array");
        }
        json.path("images").forEach(image -> images.add(image(image)));
        return new JobEvent.Completed(
                jobId,
                attempt,
                context,
                new ModelRef(text(model, "id"), text(model, "sha256"), loras(model)),
                optionalText(json, "noise").flatMap(Noise::labelled),
                json.path("source") instanceof MissingNode
                        ? Optional.empty()
                        : Optional.of(source(object(json, "source"))),
                images,
                timings(object(json, "timings_ms")));
    }

    private JobEvent failed() {
        return new JobEvent.Failed(jobId, attempt, context, code(), message());
    }

    private JobEvent retrying() {
        return new JobEvent.Retrying(jobId, attempt, context, code(), message(), instant(json, "not_before"));
    }

    private JobEvent rejected() {
        return new JobEvent.Rejected(jobId, attempt, context, code(), message(), text(json, "job_hash"));
    }

    private JobEvent cancelled() {
        return new JobEvent.Cancelled(jobId, attempt, context, integer(json, "step"));
    }

    private JobEvent expired() {
        return new JobEvent.Expired(jobId, attempt, context, integer(json, "step"));
    }

    /** A code that a newer worker may use is {@code INTERNAL} here, its name kept in the message. */
    private FailureCode code() {
        return known(text(json, "code")).orElse(FailureCode.INTERNAL);
    }

    private String message() {
        String code = text(json, "code");
        String message = text(json, "message");
        return known(code).isPresent() ? message : code + ": " + message;
    }

    private static Optional<FailureCode> known(String name) {
        for (FailureCode code : FailureCode.values()) {
            if (code.name().equals(name)) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }

    /** Left out where there are none, as by a worker that knew of none. */
    private static List<LoraRef> loras(JsonNode model) {
        List<LoraRef> loras = new ArrayList<>();
        for (JsonNode lora : model.path("loras")) {
            if (!lora.path("scale").isNumber()) {
                throw new IllegalArgumentException("scale: must be a number");
            }
            loras.add(new LoraRef(text(lora, "id"), lora.path("scale").doubleValue(), text(lora, "sha256")));
        }
        return loras;
    }

    private static SourceImage source(JsonNode source) {
        GivenImage given = new GivenImage(
                text(source, "image"),
                optionalReal(source, "strength"),
                optionalText(source, "mask_image"),
                optionalReal(source, "image_guidance_scale"));
        return new SourceImage(given, text(source, "sha256"), optionalText(source, "mask_sha256"));
    }

    private static OptionalDouble optionalReal(JsonNode parent, String name) {
        JsonNode value = parent.path(name);
        if (value instanceof MissingNode) {
            return OptionalDouble.empty();
        }
        if (!value.isNumber()) {
            throw new IllegalArgumentException(name + ": must be a number");
        }
        return OptionalDouble.of(value.doubleValue());
    }

    private static StoredImage image(JsonNode image) {
        return new StoredImage(
                text(image, "bucket"),
                text(image, "key"),
                optionalText(image, "url"),
                text(image, "sha256"),
                number(image, "bytes"),
                integer(image, "width"),
                integer(image, "height"),
                text(image, "format"),
                number(image, "seed"));
    }

    private static Timings timings(JsonNode timings) {
        return new Timings(
                number(timings, "queued"),
                number(timings, "prepare"),
                number(timings, "denoise"),
                number(timings, "decode"),
                number(timings, "encode"),
                number(timings, "upload"));
    }

    private static JsonNode object(JsonNode parent, String name) {
        JsonNode value = parent.path(name);
        if (!value.isObject()) {
            throw new IllegalArgumentException(name + ": must be an object");
        }
        return value;
    }

    private static String text(JsonNode parent, String name) {
        JsonNode value = parent.path(name);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(name + ": must be a string");
        }
        return value.textValue();
    }

    private static Optional<String> optionalText(JsonNode parent, String name) {
        return parent.path(name) instanceof MissingNode ? Optional.empty() : Optional.of(text(parent, name));
    }

    private static int integer(JsonNode parent, String name) {
        return (int) number(parent, name, INT);
    }

    private static long number(JsonNode parent, String name) {
        return number(parent, name, LONG);
    }

    private static long number(JsonNode parent, String name, IntegerRule rule) {
        JsonNode value = parent.path(name);
        if (!value.isNumber()) {
            throw new IllegalArgumentException(name + ": must be a number");
        }
        rule.check(value.decimalValue()).ifPresent(broken -> {
            throw new IllegalArgumentException(name + ": " + broken);
        });
        return value.decimalValue().longValueExact();
    }

    private static Instant instant(JsonNode parent, String name) {
        return Rfc3339.parse(text(parent, name))
                .orElseThrow(() -> new IllegalArgumentException(name + ": must be an RFC 3339 time"));
    }

    @FunctionalInterface
    private interface Kind {
        JobEvent read(EventReader reader);
    }
}
