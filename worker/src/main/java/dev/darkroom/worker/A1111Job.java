package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.JobRules;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Sampler;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The job that what A1111's web UI says of a picture comes to. */
final class A1111Job {
    /** Names of values that a job has, or that are compared when the model is there. */
    private static final Set<String> READ = Set.of(
            "Steps",
            "Sampler",
            "Schedule type",
            "CFG scale",
            "Image CFG scale",
            "Seed",
            "Size",
            "Model hash",
            "Model",
            "VAE hash",
            "VAE",
            "Clip skip",
            "Denoising strength",
            "Lora hashes",
            "TI hashes",
            "RNG",
            "Eta",
            "Eta DDIM",
            "ENSD");

    /** Of values that say nothing of how the picture came to be. */
    private static final Set<String> OF_NO_EFFECT =
            Set.of("Version", "User", "Batch size", "Batch pos", "Init image hash", "Hashes", "Created Date");

    private final Map<String, String> values;

    private A1111Job(Map<String, String> values) {
        this.values = values;
    }

    /** @throws IOException when something in it is not understood, or is nothing that Darkroom can do; it is named */
    static GenerationJob of(A1111Text text) throws IOException {
        return new A1111Job(text.values()).job(text);
    }

    private GenerationJob job(A1111Text text) throws IOException {
        refuseOthers();
        String[] size = required("Size").split("x", -1);
        if (size.length != 2) {
            throw broken("Size");
        }
        String scheduler = A1111Sampler.jobName(required("Sampler"), optional("Schedule type"));
        double eta = eta(scheduler);
        checkNoise(scheduler, eta);
        try {
            GenerationJob job = GenerationJob.builder("generate", text.prompt())
                    .negativePrompt(text.negativePrompt())
                    .promptSyntax(PromptSyntax.WEIGHTED)
                    .numInferenceSteps(integer("Steps", required("Steps")))
                    .scheduler(scheduler)
                    .guidanceScale(real("CFG scale", required("CFG scale")))
                    .seed(seed())
                    .width(integer("Size", size[0]))
                    .height(integer("Size", size[1]))
                    .noise(noise())
                    .clipSkip(integer("Clip skip", optional("Clip skip").orElse("1")) - 1)
                    .eta(eta)
                    .build();
            A1111Prompt.check(job.prompt());
            A1111Prompt.check(job.negativePrompt());
            return job;
        } catch (IllegalArgumentException e) { // names the field and its rule, quotes no prompt
            throw new IOException(e.getMessage(), e);
        }
    }

    private void refuseOthers() throws IOException {
        String others = values.keySet().stream()
                .filter(name -> !READ.contains(name) && !OF_NO_EFFECT.contains(name))
                .map(JobRules::quoted)
                .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            throw new IOException("It was made with " + others + ", which Darkroom does not do");
        }
    }

    /** Of DDIM, which versions before 1.6 call as they call that of other samplers. */
    private double eta(String scheduler) throws IOException {
        String name = isDdim(scheduler) && !values.containsKey("Eta DDIM") ? "Eta" : "Eta DDIM";
        return values.containsKey(name) ? real(name, required(name)) : 0;
    }

    private static boolean isDdim(String scheduler) {
        return scheduler.equals(Sampler.DDIM.jobName());
    }

    /** Both change what is drawn after the first latents. */
    private void checkNoise(String scheduler, double eta) throws IOException {
        if (values.containsKey("Eta") && !isDdim(scheduler) && real("Eta", required("Eta")) != 1) {
            throw new IOException("It was made with an 'Eta' of " + JobRules.quoted(required("Eta"))
                    + ": Darkroom's samplers of that kind have 1");
        }
        String delta = optional("ENSD").orElse("0");
        if (integer("ENSD", delta) != 0 && A1111Sampler.drawsAgain(scheduler, eta)) {
            throw new IOException("It was made with an 'ENSD' of " + JobRules.quoted(delta)
                    + ", another seed for what this sampler draws later: Darkroom has one seed");
        }
    }

    /** Of a graphics card unless it is said, and {@code NV} is the same elsewhere. */
    private Noise noise() throws IOException {
        String source = optional("RNG").orElse("GPU");
        return switch (source) {
            case "GPU", "NV" -> Noise.CUDA_PHILOX;
            case "CPU" -> Noise.TORCH_CPU;
            default ->
                throw new IOException("It was made with the random numbers " + JobRules.quoted(source)
                        + ", which Darkroom does not have");
        };
    }

    private long seed() throws IOException {
        try {
            return Long.parseLong(required("Seed"));
        } catch (NumberFormatException e) {
            throw broken("Seed");
        }
    }

    private Optional<String> optional(String name) {
        return Optional.ofNullable(values.get(name));
    }

    private String required(String name) throws IOException {
        return optional(name).orElseThrow(() -> new IOException("It does not tell its '" + name + "'"));
    }

    private static int integer(String name, String value) throws IOException {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw broken(name);
        }
    }

    static double real(String name, String value) throws IOException {
        boolean plain = value.length() <= 32 && value.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
        if (!plain) {
            throw broken(name);
        }
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw broken(name);
        }
    }

    private static IOException broken(String name) {
        return new IOException("Its '" + name + "' is nothing that can be read");
    }
}
