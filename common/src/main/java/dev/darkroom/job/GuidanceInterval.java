package dev.darkroom.job;

/**
 * The part of a picture's steps in which classifier-free guidance is applied (Kynkäänniemi et al. 2024,
 * arXiv:2404.07724); in the others the prompt alone counts. Steps are calls of the UNet, of which some schedulers make more
 * than one a step.
 *
 * @param start fraction of the steps before the first guided one, 0 to 1
 * @param end fraction of the steps up to the last guided one, above {@code start}, to 1
 */
public record GuidanceInterval(double start, double end) {
    /** All steps. */
    public static final GuidanceInterval ALWAYS = new GuidanceInterval(0, 1);

    public GuidanceInterval {
        JobRules.require("guidance_start", JobRules.GUIDANCE_START.check(start));
        JobRules.require("guidance_end", JobRules.GUIDANCE_END.check(end));
        JobRules.require("guidance_end", JobRules.guidanceEnd(start, end));
        start = start + 0.0; // -0.0 is 0.0, so that equal jobs are equal records
    }

    /**
     * Whether a step is one of them. Both ends are rounded down to whole steps, as in the guiders of diffusers.
     *
     * @param step counted from 0
     * @param steps how many there are
     */
    public boolean contains(int step, int steps) {
        return (int) (start * steps) <= step && step < (int) (end * steps);
    }
}
