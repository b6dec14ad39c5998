package dev.darkroom.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.job.GenerationJob;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What of a job decides its pictures, as bytes that are the same for the same pictures: JSON without white space, keys
 * sorted, every default filled in, numbers with the fewest digits; without id, deadline and context. {@code noise},
 * {@code prompt_syntax}, {@code guidance_start}, {@code guidance_end}, {@code cache_interval}, {@code image} and what belongs
 * to it, and {@code loras} came later: at their defaults they are left out, so that no picture got another key by them. Two
 * jobs under one id are one job sent twice if these bytes are equal, and the hash is part of the
 * pictures' keys in the bucket.
 */
public final class CanonicalJob {
    private CanonicalJob() {}

    /**
     * The canonical bytes, UTF-8.
     *
     * @throws IllegalArgumentException if the job leaves something open: model, width, height, num_inference_steps,
     *     guidance_scale, scheduler or seed
     */
    public static byte[] bytes(GenerationJob job) {
        requireResolved(job);
        ObjectNode json = StrictJson.MAPPER.createObjectNode();
        json.put("clip_skip", job.clipSkip());
        json.put("eta", Decimals.shortest(job.eta()));
        json.put("guidance_rescale", Decimals.shortest(job.guidanceRescale()));
        json.put("guidance_scale", Decimals.shortest(job.guidanceScale().orElseThrow()));
        json.put("height", job.height().orElseThrow());
        json.put("model", job.model().orElseThrow());
        json.put("negative_prompt", job.negativePrompt());
        json.put("num_images", job.numImages());
        json.put("num_inference_steps", job.numInferenceSteps().orElseThrow());
        json.set("output", JobCodec.output(job.output()));
        json.put("prompt", job.prompt());
        json.put("scheduler", job.scheduler().orElseThrow());
        json.put("seed", job.seed().orElseThrow());
        json.put("width", job.width().orElseThrow());
        JobCodec.putLater(json, job);
        return JobCodec.bytes(sorted(json));
    }

    private static ObjectNode sorted(ObjectNode json) {
        ObjectNode sorted = StrictJson.MAPPER.createObjectNode();
        json.properties().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(field -> sorted.set(field.getKey(), field.getValue()));
        return sorted;
    }

    /** SHA-256 of the canonical bytes, 64 lower-case hex digits. */
    public static String sha256(GenerationJob job) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(job)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    private static void requireResolved(GenerationJob job) {
        List<String> open = new ArrayList<>();
        addIf(open, "model", job.model().isEmpty());
        addIf(open, "width", job.width().isEmpty());
        addIf(open, "height", job.height().isEmpty());
        addIf(open, "num_inference_steps", job.numInferenceSteps().isEmpty());
        addIf(open, "guidance_scale", job.guidanceScale().isEmpty());
        addIf(open, "scheduler", job.scheduler().isEmpty());
        addIf(open, "seed", job.seed().isEmpty());
        if (!open.isEmpty()) {
            throw new IllegalArgumentException("Job " + job.id() + " leaves open what its pictures depend on: " + open);
        }
    }

    private static void addIf(List<String> names, String name, boolean missing) {
        if (missing) {
            names.add(name);
        }
    }
}
