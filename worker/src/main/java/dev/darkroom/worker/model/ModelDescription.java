package dev.darkroom.worker.model;

import java.util.Map;

/**
 * What the rest of the worker must know of a model.
 *
 * @param id its name in the catalogue
 * @param precision what its UNet computes with
 * @param unetChannels channels that the UNet is given: those of a latent picture, and in models for inpainting and
 *     editing those of what they start from
 * @param guidanceEmbedded whether the UNet is told the guidance instead of being asked twice (Meng et al. 2022,
 *     arXiv:2210.03142)
 * @param defaults what its operator says jobs shall get that leave it open
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
        ModelFamily family,
        Precision precision,
        int unetChannels,
        boolean guidanceEmbedded,
        ModelDefaults defaults,
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
