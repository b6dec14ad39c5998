package dev.darkroom.worker.diffusion.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The LoRAs that a prompt in the syntax of A1111's web UI names, {@code <lora:name:0.8>}, and the prompt without them.
 *
 * @param prompt what the text encoder is to read
 * @param tags in order
 */
public record LoraTags(String prompt, List<Tag> tags) {
    private static final Pattern TAG = Pattern.compile("<lora:([^:<>]*)((?::[^<>]*)?)>");

    /**
     * A LoRA.
     *
     * @param scales what follows the name, without its first colon; empty where nothing does
     */
    public record Tag(String name, String scales) {}

    public LoraTags {
        tags = List.copyOf(tags);
    }

    /** Reads a prompt. Every text is one. */
    public static LoraTags parse(String prompt) {
        Matcher matcher = TAG.matcher(prompt);
        StringBuilder rest = new StringBuilder();
        List<Tag> tags = new ArrayList<>();
        while (matcher.find()) {
            String scales = matcher.group(2);
            tags.add(new Tag(matcher.group(1), scales.isEmpty() ? "" : scales.substring(1)));
            matcher.appendReplacement(rest, "");
        }
        return new LoraTags(matcher.appendTail(rest).toString(), tags);
    }
}
