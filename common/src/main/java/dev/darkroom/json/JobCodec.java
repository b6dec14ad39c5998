package dev.darkroom.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.job.Noise;
import dev.darkroom.job.OutputFormat;
import dev.darkroom.job.PromptSyntax;
import org.jspecify.annotations.Nullable;

/**
 * Jobs as JSON, as {@code job.v1.json} describes them. Reading is strict: at most 1 MiB, UTF-8, one object, no key twice,
 * no field that the schema does not know, no number as a string. A value that a schema registry's serializer wrote (a
 * zero byte and four more before the JSON) is read as well.
 */
public final class JobCodec {
    private JobCodec() {}

    /**
     * Reads a job from a record's value.
     *
     * @param value the record's value; null or empty is not a job
     * @throws InvalidJobException with all rules that the value breaks
     */
    public static GenerationJob decode(byte @Nullable [] value) throws InvalidJobException {
        return JobReader.read(value);
    }

    /** Writes a job, UTF-8; what is at its default is left out. */
    public static byte[] encode(GenerationJob job) {
        ObjectNode json = StrictJson.MAPPER.createObjectNode();
        json.put("id", job.id());
        job.model().ifPresent(model -> json.put("model", model));
        json.put("prompt", job.prompt());
        if (!job.negativePrompt().isEmpty()) {
            json.put("negative_prompt", job.negativePrompt());
        }
        job.width().ifPresent(width -> json.put("width", width));
        job.height().ifPresent(height -> json.put("height", height));
        job.numInferenceSteps().ifPresent(steps -> json.put("num_inference_steps", steps));
        job.guidanceScale().ifPresent(scale -> json.put("guidance_scale", Decimals.shortest(scale)));
        job.scheduler().ifPresent(scheduler -> json.put("scheduler", scheduler));
        job.seed().ifPresent(seed -> json.put("seed", seed));
        putUnlessDefault(json, job);
        putLater(json, job);
        if (!job.output().equals(OutputFormat.PNG)) {
            json.set("output", output(job.output()));
        }
        job.deadline().ifPresent(deadline -> json.put("deadline", deadline.toString()));
        job.context().ifPresent(context -> json.putRawValue("context", new RawValue(context)));
        return bytes(json);
    }

    private static void putUnlessDefault(ObjectNode json, GenerationJob job) {
        if (job.numImages() != 1) {
            json.put("num_images", job.numImages());
        }
        if (job.clipSkip() != 0) {
            json.put("clip_skip", job.clipSkip());
        }
        if (job.guidanceRescale() != 0) {
            json.put("guidance_rescale", Decimals.shortest(job.guidanceRescale()));
        }
        if (job.eta() != 0) {
            json.put("eta", Decimals.shortest(job.eta()));
        }
    }

    /** All of these came after the first version: they are left out where they say nothing new. */
    static void putLater(ObjectNode json, GenerationJob job) {
        if (job.noise() != Noise.TORCH_CPU) {
            json.put("noise", job.noise().label());
        }
        if (job.promptSyntax() != PromptSyntax.PLAIN) {
            json.put("prompt_syntax", job.promptSyntax().label());
        }
        if (!job.loras().isEmpty()) {
            ArrayNode loras = json.putArray("loras");
            job.loras()
                    .forEach(lora ->
                            loras.addObject().put("id", lora.id()).put("scale", Decimals.shortest(lora.scale())));
        }
        GuidanceInterval guided = job.guidanceInterval();
        if (guided.start() != GuidanceInterval.ALWAYS.start()) {
            json.put("guidance_start", Decimals.shortest(guided.start()));
        }
        if (guided.end() != GuidanceInterval.ALWAYS.end()) {
            json.put("guidance_end", Decimals.shortest(guided.end()));
        }
        if (job.cacheInterval() != 1) {
            json.put("cache_interval", job.cacheInterval());
        }
        job.given().ifPresent(given -> put(json, given));
    }

    /** What a job says of its picture. */
    static void put(ObjectNode json, GivenImage given) {
        json.put("image", given.image());
        given.strength().ifPresent(strength -> json.put("strength", Decimals.shortest(strength)));
        given.maskImage().ifPresent(mask -> json.put("mask_image", mask));
        given.imageGuidanceScale().ifPresent(scale -> json.put("image_guidance_scale", Decimals.shortest(scale)));
    }

    /** {@code {"format": …}}, with the quality where the format has one. */
    static ObjectNode output(OutputFormat output) {
        ObjectNode json =
                StrictJson.MAPPER.createObjectNode().put("format", output.kind().label());
        return output.kind() == OutputFormat.Kind.PNG ? json : json.put("quality", output.quality());
    }

    static byte[] bytes(ObjectNode json) {
        try {
            return StrictJson.MAPPER.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree in memory cannot be written as JSON", e);
        }
    }
}
