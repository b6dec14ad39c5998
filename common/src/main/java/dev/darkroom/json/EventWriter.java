package dev.darkroom.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.ModelRef;
import dev.darkroom.event.SourceImage;
import dev.darkroom.event.StoredImage;
import dev.darkroom.event.Timings;

/** Events as trees, the fields in the order of the contract. */
final class EventWriter implements JobEvent.Visitor<ObjectNode> {
    @Override
    public ObjectNode started(JobEvent.Started event) {
        return head(event).put("worker", event.worker()).put("model", event.model());
    }

    @Override
    public ObjectNode progress(JobEvent.Progress event) {
        ObjectNode json = head(event).put("step", event.step()).put("steps", event.steps());
        event.preview().ifPresent(key -> json.put("preview", key));
        return json;
    }

    @Override
    public ObjectNode completed(JobEvent.Completed event) {
        ObjectNode json = head(event);
        write(event.model(), json.putObject("model"));
        event.noise().ifPresent(noise -> json.put("noise", noise.label()));
        event.source().ifPresent(source -> write(source, json.putObject("source")));
        ArrayNode images = json.putArray("images");
        event.images().forEach(image -> write(image, images.addObject()));
        write(event.timings(), json.putObject("timings_ms"));
        return json;
    }

    @Override
    public ObjectNode failed(JobEvent.Failed event) {
        return failure(head(event), event.code(), event.message()).put("retriable", false);
    }

    @Override
    public ObjectNode retrying(JobEvent.Retrying event) {
        return failure(head(event), event.code(), event.message())
                .put("not_before", event.notBefore().toString());
    }

    @Override
    public ObjectNode rejected(JobEvent.Rejected event) {
        return failure(head(event), event.code(), event.message()).put("job_hash", event.jobHash());
    }

    @Override
    public ObjectNode cancelled(JobEvent.Cancelled event) {
        return head(event).put("step", event.step());
    }

    @Override
    public ObjectNode expired(JobEvent.Expired event) {
        return head(event).put("step", event.step());
    }

    private static ObjectNode head(JobEvent event) {
        ObjectNode json = StrictJson.MAPPER.createObjectNode();
        json.put("job_id", event.jobId()).put("attempt", event.attempt());
        event.context().ifPresent(context -> json.putRawValue("context", new RawValue(context)));
        return json;
    }

    private static ObjectNode failure(ObjectNode json, FailureCode code, String message) {
        return json.put("code", code.name()).put("message", message);
    }

    private static void write(ModelRef model, ObjectNode json) {
        json.put("id", model.id()).put("sha256", model.sha256());
        if (!model.loras().isEmpty()) {
            ArrayNode loras = json.putArray("loras");
            model.loras()
                    .forEach(lora -> loras.addObject()
                            .put("id", lora.id())
                            .put("scale", Decimals.shortest(lora.scale()))
                            .put("sha256", lora.sha256()));
        }
    }

    /** Names are those of the job. */
    private static void write(SourceImage source, ObjectNode json) {
        JobCodec.put(json, source.given());
        json.put("sha256", source.sha256());
        source.maskSha256().ifPresent(sum -> json.put("mask_sha256", sum));
    }

    private static void write(StoredImage image, ObjectNode json) {
        json.put("bucket", image.bucket()).put("key", image.key());
        image.url().ifPresent(url -> json.put("url", url));
        json.put("sha256", image.sha256())
                .put("bytes", image.bytes())
                .put("width", image.width())
                .put("height", image.height())
                .put("format", image.format())
                .put("seed", image.seed());
    }

    private static void write(Timings timings, ObjectNode json) {
        json.put("queued", timings.queued())
                .put("prepare", timings.prepare())
                .put("denoise", timings.denoise())
                .put("decode", timings.decode())
                .put("encode", timings.encode())
                .put("upload", timings.upload());
    }
}
