package dev.darkroom.worker.model;

/**
 * What the UNet of Stable Diffusion XL is told besides the text (Podell et al. 2023, arXiv:2307.01952, section 2.2).
 *
 * @param pooledText {@code (rows, width)}
 * @param timeIds {@code (rows, 6)}: height and width of the original picture, top and left of the crop, height and width
 *     of the target, all in pixels
 */
public record AddedConditions(Tensor pooledText, Tensor timeIds) {

    /** {@code count} of the rows, from {@code first} on. */
    AddedConditions rows(int first, int count) {
        return new AddedConditions(pooledText.rows(first, count), timeIds.rows(first, count));
    }
}
