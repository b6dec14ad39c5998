package dev.darkroom.worker.develop;

/** What a picture has beside its latents while it is denoised. Arrays are not written to. */
sealed interface Companion {
    /** Nothing. */
    record None() implements Companion {}

    /** What its latents are mixed with after each step, so that only a part is made anew. */
    @SuppressWarnings("ArrayRecordComponent") // numbers on their way into latents: never compared, never hashed
    record Original(float[] mask, float[] latents, float[] noise) implements Companion {
        /**
         * The latents with what the mask leaves out put back, as noisy as they are.
         *
         * @param original {@code (4, h/8, w/8)}, as noisy as the latents
         */
        float[] keep(float[] made, float[] original) {
            float[] kept = new float[made.length];
            for (int i = 0; i < kept.length; i++) {
                float anew = mask[i % mask.length];
                kept[i] = (1 - anew) * original[i] + anew * made[i];
            }
            return kept;
        }
    }

    /**
     * Channels that the UNet takes behind the latents, the same at every step.
     *
     * @param values {@code (channels, h/8, w/8)}, flat
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers on their way into a batch: never compared, never hashed
    record Channels(float[] values) implements Companion {}
}
