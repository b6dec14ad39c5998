package dev.darkroom.worker.model;

import java.util.Optional;

/**
 * What jobs of a model get that leave these open, where its operator has said so; what is empty here comes from the
 * checkpoint.
 *
 * @param scheduler a name as in a job
 * @param width in pixels
 * @param height in pixels
 */
public record ModelDefaults(
        Optional<String> scheduler,
        Optional<Integer> numInferenceSteps,
        Optional<Double> guidanceScale,
        Optional<Integer> width,
        Optional<Integer> height) {
    /** Nothing is said. */
    public static final ModelDefaults NONE =
            new ModelDefaults(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
