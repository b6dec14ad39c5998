package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.TextEncoding;
import java.util.Optional;

/**
 * The encoded texts of one job.
 *
 * @param prompt the prompt's
 * @param negative the negative prompt's; absent where the job asks for no guidance
 * @param tokens rows of each
 */
record Conditioning(Text prompt, Optional<Text> negative, int tokens) {

    /**
     * One text.
     *
     * @param context {@code (tokens, cross attention width)}, flat
     * @param pooled {@code (width)}; only Stable Diffusion XL has it
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers on their way into a batch: never compared, never hashed
    record Text(float[] context, Optional<float[]> pooled) {
        static Text of(TextEncoding encoding, int row) {
            return new Text(encoding.context().row(row), encoding.pooled().map(pooled -> pooled.row(row)));
        }

        /** As if it said nothing: all zeros, which is not what an empty text becomes. */
        Text zeros() {
            return new Text(new float[context.length], pooled.map(values -> new float[values.length]));
        }
    }
}
