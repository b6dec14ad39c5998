package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;
import java.util.List;
import java.util.Optional;

/**
 * The state of one picture while it is denoised. Belongs to the denoising loop's thread, but for what is drawn ahead for it:
 * see {@link NoiseAhead}.
 */
final class LatentImage {
    private final PictureNoise noise;
    private final float[] first; // (4, h/8, w/8)
    private final Companion companion;
    private SolverHistory history = new SolverHistory();
    private float[] latents; // (4, h/8, w/8)
    private int step;
    private boolean whole = true;
    private List<float[]> features = List.of(); // of the prompt's row last
    private Optional<Place> beforeFeatures = Optional.empty();

    /** Where a picture can be gone on from. */
    @SuppressWarnings("ArrayRecordComponent") // numbers on their way into bytes: never compared, never hashed
    record Place(int step, float[] latents, SolverHistory history) {}

    /**
     * Begins with some latents.
     *
     * @param noise goes on behind what they were drawn from; this picture's own
     * @param first not written to
     */
    LatentImage(PictureNoise noise, float[] first, Companion companion) {
        this.noise = noise;
        this.first = first;
        this.latents = first;
        this.companion = companion;
    }

    long seed() {
        return noise.seed();
    }

    /** How many calls of the UNet this picture has had. */
    int step() {
        return step;
    }

    float[] latents() {
        return latents;
    }

    /** Those that it began with. */
    float[] first() {
        return first;
    }

    /** What it has beside its latents. */
    Companion companion() {
        return companion;
    }

    SolverHistory history() {
        return history;
    }

    /** Whether it is between two steps: a step that broke off leaves a solver that remembers too much. */
    boolean isWhole() {
        return whole;
    }

    /** The deep features of its latest whole call, a row each; empty where they were not kept. */
    List<float[]> features() {
        return features;
    }

    /** Keeps the features of a whole call, and the place before it, for steps that reuse them; {@link #advance} follows. */
    void keep(List<float[]> rows) {
        List<float[]> arrays = history.arrays().stream().map(float[]::clone).toList();
        beforeFeatures = Optional.of(new Place(step, latents.clone(), SolverHistory.restored(history.shape(), arrays)));
        features = rows;
    }

    /** Forgets them. */
    void forget() {
        beforeFeatures = Optional.empty();
        features = List.of();
    }

    /** Where it is. */
    Place here() {
        return new Place(step, latents, history);
    }

    /** Where it was before the call whose features it keeps, if it does. */
    Optional<Place> beforeFeatures() {
        return beforeFeatures;
    }

    /** What can be drawn of the next step's noise before it; see {@link Scheduler#drawAhead}. */
    Optional<Runnable> drawAhead(Scheduler scheduler) {
        return scheduler.drawAhead(step, latents.length, history, noise);
    }

    void advance(Scheduler scheduler, float[] modelOutput) {
        whole = false;
        float[] made = scheduler.step(step, modelOutput, latents, history, noise);
        step++;
        latents = companion instanceof Companion.Original original
                ? original.keep(made, asNoisy(scheduler, original))
                : made;
        whole = true;
    }

    /** The given picture before the next step; after the last one it has no noise. */
    private float[] asNoisy(Scheduler scheduler, Companion.Original original) {
        return step == scheduler.steps()
                ? original.latents()
                : scheduler.addNoise(step, original.latents(), original.noise());
    }

    /** Goes on where another picture of the same seed was; only before the first step. */
    void resume(PictureState state) {
        if (step != 0 || latents.length != state.latents().length) {
            throw new IllegalStateException("A picture of " + latents.length + " values after " + step
                    + " steps does not go on from one of " + state.latents().length);
        }
        for (int draw = 0; draw < state.draws(); draw++) {
            noise.skip(latents.length);
        }
        latents = state.latents();
        history = state.history();
        step = state.step();
    }
}
