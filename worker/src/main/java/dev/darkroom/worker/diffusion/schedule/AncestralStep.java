package dev.darkroom.worker.diffusion.schedule;

/**
 * A step of ancestral sampling: down without noise, then up by fresh noise. In float32, in the order of diffusers, for
 * the difference of squares loses many bits.
 *
 * @param down the sigma that the step goes down to
 * @param up the standard deviation of the fresh noise; {@code down^2 + up^2} is the square of the sigma aimed at
 */
record AncestralStep(float down, float up) {
    static AncestralStep between(float from, float to) {
        float up = (float) Math.sqrt(to * to * (from * from - to * to) / (from * from));
        float down = (float) Math.sqrt(to * to - up * up);
        return new AncestralStep(down, up);
    }
}
