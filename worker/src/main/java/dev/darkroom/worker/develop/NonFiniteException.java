package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.Precision;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A model gave infinite numbers, or what is no number, for one job. It will again in the same precision; where that was
 * float16, float32 may be large enough.
 */
public final class NonFiniteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Precision precision;

    /**
     * Says where the numbers were found.
     *
     * @param where what the numbers are, e.g. "the latents after step 3 of 25"
     */
    NonFiniteException(ModelDescription model, String where) {
        this(model, where, null);
    }

    NonFiniteException(ModelDescription model, String where, @Nullable Throwable cause) {
        super(
                "Model " + model.id() + " gave numbers that are not finite, in "
                        + model.precision().name().toLowerCase(Locale.ROOT) + ": " + where,
                cause);
        this.precision = model.precision();
    }

    /** What the model computed with. */
    public Precision precision() {
        return precision;
    }
}
