package dev.darkroom.worker.develop;

import java.util.Optional;

/**
 * The encoded texts of one job.
 *
 * @param prompt {@code (tokens, cross attention width)}, flat
 * @param negative the same of the negative prompt; absent where the job asks for no guidance
 * @param tokens rows of each
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on their way into a batch: never compared, never hashed
record Conditioning(float[] prompt, Optional<float[]> negative, int tokens) {
    int width() {
        return prompt.length / tokens;
    }
}
