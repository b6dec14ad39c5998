package dev.darkroom.worker.model.catalogue;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where something lies and what it must be.
 *
 * @param sha256 in lower-case hex; of a folder as {@link Sums} defines it; empty where anything will do
 */
public record Origin(Source source, Optional<String> sha256) {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public Origin {
        if (sha256.isPresent() && !SHA256.matcher(sha256.get()).matches()) {
            throw new IllegalArgumentException("must be 64 digits of 0-9 a-f");
        }
    }
}
