package dev.darkroom.worker.diffusion.text;

/**
 * The tokens that are not made by byte-pair encoding, as {@code special_tokens_map.json} and {@code
 * tokenizer_config.json} give them. Typed in a prompt, exactly as here, they become their ids.
 *
 * @param start stands first in every sequence ({@code bos_token})
 * @param end stands after the text ({@code eos_token})
 * @param padding fills a sequence up ({@code pad_token}); {@code !} in SD 2 and in SDXL's second encoder, which makes
 *     every exclamation mark of a prompt a padding token
 * @param maxLength how long a padded sequence is ({@code model_max_length}), both marks included
 */
public record SpecialTokens(String start, String end, String padding, int maxLength) {
    /** Those of the CLIP that SD 1 and SDXL's first encoder use. */
    public static final SpecialTokens CLIP = new SpecialTokens("<|startoftext|>", "<|endoftext|>", "<|endoftext|>", 77);

    private static final int LONGEST = 4096;

    public SpecialTokens {
        if (start.isEmpty() || end.isEmpty() || padding.isEmpty()) {
            throw new IllegalArgumentException("Special tokens must not be empty: start '" + start + "', end '" + end
                    + "', padding '" + padding + "'");
        }
        if (start.equals(end)) {
            throw new IllegalArgumentException("The start and the end token must differ: '" + start + "'");
        }
        if (maxLength < 3 || maxLength > LONGEST) {
            throw new IllegalArgumentException("The maximum length must be from 3 to " + LONGEST + ": " + maxLength);
        }
    }

    /** The same with another padding token. */
    public SpecialTokens withPadding(String token) {
        return new SpecialTokens(start, end, token, maxLength);
    }
}
