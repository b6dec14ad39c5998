package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.TextEncoding;
import java.util.Arrays;
import java.util.Optional;

/**
 * The encoded texts of one job.
 *
 * @param prompt the prompt's
 * @param negative the negative prompt's; absent where the job asks for no guidance
 * @param tokens rows of each
 */
record Conditioning(Text prompt, Optional<Text> negative, int tokens) {
    /** Whether all numbers are. */
    boolean isFinite() {
        return prompt.isFinite() && negative.map(Text::isFinite).orElse(true);
    }

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

        private boolean isFinite() {
            return Batch.areFinite(context) && pooled.map(Batch::areFinite).orElse(true);
        }

        /** All rows of one text, one behind the other; the first row's pooled form stands for the whole. */
        static Text joined(TextEncoding encoding) {
            return new Text(encoding.context().data(), encoding.pooled().map(pooled -> pooled.row(0)));
        }

        /** Itself, {@code times} times. */
        Text repeated(int times) {
            float[] all = new float[context.length * times];
            for (int i = 0; i < times; i++) {
                System.arraycopy(context, 0, all, i * context.length, context.length);
            }
            return new Text(all, pooled);
        }

        /** Itself, and another behind it. */
        Text followedBy(Text other) {
            float[] all = Arrays.copyOf(context, context.length + other.context.length);
            System.arraycopy(other.context, 0, all, context.length, other.context.length);
            return new Text(all, pooled);
        }

        /** As if it said nothing: all zeros, which is not what an empty text becomes. */
        Text zeros() {
            return new Text(new float[context.length], pooled.map(values -> new float[values.length]));
        }
    }
}
