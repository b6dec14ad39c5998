package dev.darkroom.worker.model;

import java.util.Map;

/**
 * What the rest of the worker must know of a model.
 *
 * @param id its name in the catalogue
 * @param latentChannels channels of a latent picture, 4 in Stable Diffusion
 * @param latentScale pixels on a side for each latent, 8 in Stable Diffusion
 * @param nativeSize side in pixels that the model was trained at
 * @param textLayers at most so many layers of the text encoder can be skipped
 * @param zerosForEmptyNegative whether no negative prompt is a text of zeros, not the encoding of an empty one
 * @param guidanceScale what jobs that name none get
 * @param schedulerConfig the checkpoint's own {@code scheduler_config.json}; strings, numbers, booleans, nulls left out
 */
public record ModelDescription(
        String id,
        int latentChannels,
        int latentScale,
        int nativeSize,
        int textLayers,
        boolean zerosForEmptyNegative,
        double guidanceScale,
        Map<String, Object> schedulerConfig) {
    public ModelDescription {
        schedulerConfig = Map.copyOf(schedulerConfig);
    }
}
