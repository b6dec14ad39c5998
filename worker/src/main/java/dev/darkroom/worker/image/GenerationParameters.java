package dev.darkroom.worker.image;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a picture was made: enough to make it again.
 *
 * @param guidanceStart fraction of the steps before the first guided one
 * @param guidanceEnd fraction of the steps up to the last guided one
 * @param cacheInterval of so many steps one ran the whole UNet
 * @param scheduler Darkroom's name, such as {@code dpmpp_2m_karras}
 * @param sampler the scheduler in A1111's words, such as {@code DPM++ 2M}
 * @param scheduleType the spacing of its sigmas in A1111's words, such as {@code Karras}
 * @param seed of this picture
 * @param image which of the job's pictures it is, counted from 0
 * @param numImages how many pictures the job has
 * @param noise whose random numbers, {@code torch-cpu} or {@code cuda-philox}
 * @param promptSyntax how the prompts were read, {@code plain} or {@code weighted}
 * @param clipSkip last layers of the text encoder that were left out
 * @param model the catalogue's name for the model
 * @param modelSha256 of the model's weights, in hex
 * @param version of Darkroom
 * @param source the picture that it began with
 * @param loras that changed the model
 * @param embeddings whose words the prompts have
 */
public record GenerationParameters(
        String prompt,
        String negativePrompt,
        int width,
        int height,
        int numInferenceSteps,
        double guidanceScale,
        double guidanceRescale,
        double guidanceStart,
        double guidanceEnd,
        int cacheInterval,
        String scheduler,
        String sampler,
        String scheduleType,
        double eta,
        long seed,
        int image,
        int numImages,
        String noise,
        String promptSyntax,
        int clipSkip,
        String model,
        String modelSha256,
        String version,
        Optional<SourceParameters> source,
        List<Lora> loras,
        List<Embedding> embeddings) {
    private static final int SHORT_HASH = 10;
    private static final int SHORT_FILE_HASH = 12;

    /**
     * A LoRA.
     *
     * @param id the catalogue's name for it
     * @param scale that the job lists it with; empty where only the prompt names it
     * @param sha256 of its file, in hex
     * @param weightsSha256 of what follows the header in its file, in hex: A1111's hash of a LoRA
     */
    public record Lora(String id, Optional<Double> scale, String sha256, String weightsSha256) {}

    /**
     * A textual inversion.
     *
     * @param word that stands for it
     * @param sha256 of its file, in hex: A1111's hash of one
     */
    public record Embedding(String word, String sha256) {}

    public GenerationParameters {
        loras = List.copyOf(loras);
        embeddings = List.copyOf(embeddings);
        checkFinite("guidance scale", guidanceScale);
        checkFinite("guidance rescale", guidanceRescale);
        checkFinite("guidance start", guidanceStart);
        checkFinite("guidance end", guidanceEnd);
        checkFinite("eta", eta);
        if (!modelSha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("A SHA-256 is 64 lower-case hex digits: '" + modelSha256 + "'");
        }
    }

    private static void checkFinite(String what, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("The " + what + " must be a number: " + value);
        }
    }

    /** Both texts by the keyword they have in a PNG. */
    public Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("parameters", parametersText());
        texts.put("darkroom", json());
        return texts;
    }

    /**
     * The text that A1111 and the tools that follow it read: the prompt, the negative prompt after a label, and a line of
     * named values, where a value with a comma, a colon or a line end is quoted as JSON.
     */
    public String parametersText() {
        StringBuilder text = new StringBuilder(prompt);
        for (Lora lora : loras) { // A1111 has no other place for them
            lora.scale().ifPresent(scale -> text.append(" <lora:" + lora.id() + ":" + plain(scale) + ">"));
        }
        if (!negativePrompt.isEmpty()) {
            text.append("\nNegative prompt: ").append(negativePrompt);
        }
        text.append("\nSteps: ").append(numInferenceSteps);
        append(text, "Sampler", sampler);
        append(text, "Schedule type", scheduleType);
        append(text, "CFG scale", plain(guidanceScale));
        append(text, "Seed", Long.toString(seed));
        append(text, "Size", width + "x" + height);
        append(text, "Model hash", modelSha256.substring(0, SHORT_HASH));
        append(text, "Model", model);
        if (clipSkip > 0) {
            append(text, "Clip skip", Integer.toString(clipSkip + 1)); // A1111 counts from the last layer, 1
        }
        source.ifPresent(given -> {
            given.strength().ifPresent(value -> append(text, "Denoising strength", plain(value)));
            given.imageGuidanceScale().ifPresent(value -> append(text, "Image CFG scale", plain(value)));
        });
        if (eta > 0) {
            append(text, "Eta DDIM", plain(eta));
        }
        if (guidanceStart > 0) {
            append(text, "Guidance start", plain(guidanceStart));
        }
        if (guidanceEnd < 1) {
            append(text, "Guidance end", plain(guidanceEnd));
        }
        if (cacheInterval > 1) {
            append(text, "Cache interval", Integer.toString(cacheInterval));
        }
        if (!loras.isEmpty()) {
            String hashes = loras.stream()
                    .map(lora -> lora.id() + ": " + lora.weightsSha256().substring(0, SHORT_FILE_HASH))
                    .collect(Collectors.joining(", "));
            append(text, "Lora hashes", hashes);
        }
        if (!embeddings.isEmpty()) {
            String hashes = embeddings.stream()
                    .map(embedding -> embedding.word().replaceAll("[:,]", "") + ": "
                            + embedding.sha256().substring(0, SHORT_FILE_HASH))
                    .collect(Collectors.joining(", "));
            append(text, "TI hashes", hashes);
        }
        append(text, "RNG", noise.equals("cuda-philox") ? "NV" : "CPU");
        append(text, "Version", "Darkroom " + version);
        return text.toString();
    }

    private static void append(StringBuilder text, String name, String value) {
        boolean quoted = value.chars().anyMatch(c -> c == ',' || c == ':' || c == '\n' || c == '\r');
        text.append(", ").append(name).append(": ").append(quoted ? JsonText.quoted(value) : value);
    }

    /** The same as a JSON object, whose names are those of a job. */
    public String json() {
        return String.join(
                ",",
                "{" + text("prompt", prompt),
                text("negative_prompt", negativePrompt),
                number("width", width),
                number("height", height),
                number("num_inference_steps", numInferenceSteps),
                "\"guidance_scale\":" + plain(guidanceScale),
                "\"guidance_rescale\":" + plain(guidanceRescale) + shortcuts(),
                text("scheduler", scheduler),
                "\"eta\":" + plain(eta),
                number("seed", seed),
                number("image", image),
                number("num_images", numImages),
                number("clip_skip", clipSkip),
                text("noise", noise),
                text("prompt_syntax", promptSyntax),
                text("model", model),
                text("model_sha256", modelSha256) + lorasJson() + embeddingsJson(),
                text("version", version)
                        + source.map(given -> ",\"source\":" + given.json()).orElse("")
                        + "}");
    }

    /** With a comma before each, and left out where it says nothing, so that such a picture's file is what it was. */
    private String shortcuts() {
        String start = guidanceStart > 0 ? ",\"guidance_start\":" + plain(guidanceStart) : "";
        String end = guidanceEnd < 1 ? ",\"guidance_end\":" + plain(guidanceEnd) : "";
        String cache = cacheInterval > 1 ? "," + number("cache_interval", cacheInterval) : "";
        return start + end + cache;
    }

    /** With a comma before each, and left out where there are none. */
    private String lorasJson() {
        String listed = loras.stream()
                .filter(lora -> lora.scale().isPresent())
                .map(lora -> "{" + text("id", lora.id()) + ",\"scale\":"
                        + plain(lora.scale().get()) + "}")
                .collect(Collectors.joining(","));
        String hashes =
                loras.stream().map(lora -> text(lora.id(), lora.sha256())).collect(Collectors.joining(","));
        return (listed.isEmpty() ? "" : ",\"loras\":[" + listed + "]")
                + (loras.isEmpty() ? "" : ",\"lora_sha256\":{" + hashes + "}");
    }

    /** With a comma before it, and left out where there are none. */
    private String embeddingsJson() {
        String hashes = embeddings.stream()
                .map(embedding -> text(embedding.word(), embedding.sha256()))
                .collect(Collectors.joining(","));
        return hashes.isEmpty() ? "" : ",\"embedding_sha256\":{" + hashes + "}";
    }

    private static String text(String name, String value) {
        return JsonText.quoted(name) + ":" + JsonText.quoted(value);
    }

    private static String number(String name, long value) {
        return String.format(Locale.ROOT, "\"%s\":%d", name, value);
    }

    /** The shortest decimal form: 7 and 7.5, never 7.0 nor an exponent. */
    static String plain(double value) {
        return value == 0 ? "0" : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}
