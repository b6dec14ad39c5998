package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.JobRules;
import dev.darkroom.job.LoraUse;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.text.LoraTags;
import dev.darkroom.worker.model.ModelVariant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The LoRAs that a job asks for: those of its field, and where its prompt is weighted those that the prompt names. */
final class JobLoras {
    private JobLoras() {}

    /** The job's model with its LoRAs. One that is named twice counts twice, as in A1111's web UI. */
    static ModelVariant variant(String model, GenerationJob job) throws JobFailedException {
        List<ModelVariant.Scaled> loras = new ArrayList<>();
        for (LoraUse use : job.loras()) {
            add(loras, use.id(), use.scale());
        }
        if (job.promptSyntax() == PromptSyntax.WEIGHTED) {
            for (LoraTags.Tag tag : LoraTags.parse(job.prompt()).tags()) {
                add(loras, tag.name(), scale(tag));
            }
        }
        if (loras.size() > JobRules.MAX_LORAS) {
            throw unsupported(
                    "The prompt and the field loras name " + loras.size() + " LoRAs, more than " + JobRules.MAX_LORAS);
        }
        loras.removeIf(lora -> lora.scale() == 0); // adds nothing: no model of its own for that
        return new ModelVariant(model, loras);
    }

    /** Ids of the LoRAs that a job's field and its weighted prompt name, sorted. */
    static SortedSet<String> named(GenerationJob job) {
        SortedSet<String> ids = new TreeSet<>();
        job.loras().forEach(use -> ids.add(use.id()));
        if (job.promptSyntax() == PromptSyntax.WEIGHTED) {
            LoraTags.parse(job.prompt()).tags().forEach(tag -> ids.add(tag.name()));
        }
        return ids;
    }

    /** The prompt as the text encoder reads it. */
    static String prompt(GenerationJob job) {
        return job.promptSyntax() == PromptSyntax.WEIGHTED
                ? LoraTags.parse(job.prompt()).prompt()
                : job.prompt();
    }

    private static void add(List<ModelVariant.Scaled> loras, String id, double scale) {
        for (int i = 0; i < loras.size(); i++) {
            if (loras.get(i).id().equals(id)) {
                loras.set(i, new ModelVariant.Scaled(id, loras.get(i).scale() + scale));
                return;
            }
        }
        loras.add(new ModelVariant.Scaled(id, scale));
    }

    private static double scale(LoraTags.Tag tag) throws JobFailedException {
        if (tag.scales().isEmpty()) {
            return 1;
        }
        String name = JobRules.quoted(tag.name());
        double scale;
        try {
            scale = Double.parseDouble(tag.scales());
        } catch (NumberFormatException e) {
            throw unsupported("The prompt names the LoRA " + name
                    + " with something else than one number behind it: <lora:name:0.8> has one for the whole model");
        }
        if (JobRules.LORA_SCALE.check(scale).isPresent()) {
            throw unsupported("The prompt names the LoRA " + name + " with a scale that "
                    + JobRules.LORA_SCALE.check(scale).get());
        }
        return scale;
    }

    private static JobFailedException unsupported(String message) {
        return new JobFailedException(FailureCode.UNSUPPORTED, message);
    }
}
