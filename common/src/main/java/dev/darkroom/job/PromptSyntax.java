package dev.darkroom.job;

import java.util.Locale;
import java.util.Optional;

/** How the prompts of a job are read. */
public enum PromptSyntax {
    /** As diffusers reads them: brackets are brackets, and what is longer than the text encoder takes is cut. */
    PLAIN,
    /** As A1111's web UI reads them: brackets weigh words, {@code BREAK} cuts, and long prompts are read whole. */
    WEIGHTED;

    /** The name in a job: {@code plain} or {@code weighted}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The syntax of that name. */
    public static Optional<PromptSyntax> labelled(String label) {
        for (PromptSyntax syntax : values()) {
            if (syntax.label().equals(label)) {
                return Optional.of(syntax);
            }
        }
        return Optional.empty();
    }
}
