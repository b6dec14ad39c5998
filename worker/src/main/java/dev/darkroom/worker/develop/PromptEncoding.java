package dev.darkroom.worker.develop;

import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.develop.Conditioning.Text;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.diffusion.text.WeightedPrompt;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.TextEncoding;
import java.util.List;
import java.util.Optional;

/** From the texts of a job to what its UNet is told. Stateless. */
final class PromptEncoding {
    /** Two texts are repeated until they are equally long if that is at most so many rows; see {@link #even}. */
    private static final int MOST_REPEATED_ROWS = 16;

    private PromptEncoding() {}

    /** Runs the text encoder on the caller's thread. */
    static Conditioning of(DevelopRequest request) {
        boolean zeros = request.negativePrompt().isEmpty()
                && request.model().description().zerosForEmptyNegative();
        return request.promptSyntax() == PromptSyntax.PLAIN ? plain(request, zeros) : weighted(request, zeros);
    }

    /** As diffusers: one row a text. One call for both texts where they go through the same layers. */
    private static Conditioning plain(DevelopRequest request, boolean zeros) {
        LoadedModel model = request.model();
        String negative = request.negativePrompt();
        if (request.guided() && !zeros && request.clipSkip() == 0) {
            TextEncoding both = model.encode(List.of(negative, request.prompt()), 0);
            return conditioning(Text.of(both, 1), Optional.of(Text.of(both, 0)), both);
        }
        TextEncoding encoded = model.encode(List.of(request.prompt()), request.clipSkip());
        Text prompt = Text.of(encoded, 0);
        if (!request.guided()) {
            return conditioning(prompt, Optional.empty(), encoded);
        }
        Text other = zeros ? prompt.zeros() : Text.of(model.encode(List.of(negative), 0), 0);
        return conditioning(prompt, Optional.of(other), encoded);
    }

    private static Conditioning conditioning(Text prompt, Optional<Text> negative, TextEncoding encoded) {
        return new Conditioning(prompt, negative, encoded.context().shape()[1]);
    }

    /** As A1111's web UI: as many rows as a text needs, one behind the other, and layers skipped for both texts. */
    private static Conditioning weighted(DevelopRequest request, boolean zeros) {
        TextEncoding prompt = encode(request, request.prompt());
        int rows = prompt.context().shape()[0];
        int tokens = prompt.context().shape()[1];
        Text text = Text.joined(prompt);
        if (!request.guided()) {
            return new Conditioning(text, Optional.empty(), rows * tokens);
        }
        if (zeros) {
            return new Conditioning(text, Optional.of(text.zeros()), rows * tokens);
        }
        TextEncoding negative = encode(request, request.negativePrompt());
        return even(
                request, text, rows, Text.joined(negative), negative.context().shape()[0], tokens);
    }

    private static TextEncoding encode(DevelopRequest request, String text) {
        WeightedPrompt parsed = WeightedPrompt.parse(text);
        return request.model().encode(tokenizer -> TokenRows.weighted(tokenizer, parsed), request.clipSkip());
    }

    /**
     * Makes both texts equally long, since they share calls of the UNet. Its attention does not change when all that it
     * looks at is there twice, so each is repeated up to their least common multiple: the result is that of two calls with
     * texts of different lengths. Where that would be too long, the shorter is filled up with empty text, which counts.
     */
    private static Conditioning even(
            DevelopRequest request, Text prompt, int promptRows, Text negative, int negativeRows, int tokens) {
        int common = promptRows / gcd(promptRows, negativeRows) * negativeRows;
        if (common <= MOST_REPEATED_ROWS) {
            return new Conditioning(
                    prompt.repeated(common / promptRows),
                    Optional.of(negative.repeated(common / negativeRows)),
                    common * tokens);
        }
        Text empty = Text.joined(encode(request, ""));
        int longest = Math.max(promptRows, negativeRows);
        return new Conditioning(
                prompt.followedBy(empty.repeated(longest - promptRows)),
                Optional.of(negative.followedBy(empty.repeated(longest - negativeRows))),
                longest * tokens);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
