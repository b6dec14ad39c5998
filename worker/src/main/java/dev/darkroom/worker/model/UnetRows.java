package dev.darkroom.worker.model;

import java.util.Arrays;
import java.util.Optional;

/**
 * What a UNet is given in one call, row by row. All parts have as many rows as there are timesteps.
 *
 * @param latents {@code (rows, channels, h/8, w/8)}, already scaled as the scheduler asks
 * @param timesteps {@code (rows)}
 * @param context the text {@code (rows, tokens, cross attention width)}
 * @param added what Stable Diffusion XL is told besides
 * @param guidance each row's {@code guidance_scale} {@code (rows)}, for a network that was distilled to take it in (Meng
 *     et al. 2022, arXiv:2210.03142)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record UnetRows(
        Tensor latents,
        float[] timesteps,
        Tensor context,
        Optional<AddedConditions> added,
        Optional<float[]> guidance) {

    public UnetRows {
        int rows = timesteps.length;
        if (rows == 0) {
            throw new IllegalArgumentException("A call of a UNet must have at least one row");
        }
        check(rows, "latents", latents, 4);
        check(rows, "context", context, 3);
        added.ifPresent(conditions -> {
            check(rows, "pooled text", conditions.pooledText(), 2);
            check(rows, "time ids", conditions.timeIds(), 2);
        });
        if (guidance.isPresent() && guidance.get().length != rows) {
            throw new IllegalArgumentException(
                    "For " + rows + " timesteps there must be as many guidance scales, not " + guidance.get().length);
        }
    }

    /** Rows of a network that is told nothing but timestep and text. */
    public UnetRows(Tensor latents, float[] timesteps, Tensor context) {
        this(latents, timesteps, context, Optional.empty(), Optional.empty());
    }

    /** The same rows for Stable Diffusion XL. */
    public UnetRows with(AddedConditions conditions) {
        return new UnetRows(latents, timesteps, context, Optional.of(conditions), guidance);
    }

    /** How many rows there are. */
    public int count() {
        return timesteps.length;
    }

    /** {@code count} of the rows, from {@code first} on. */
    public UnetRows rows(int first, int count) {
        return new UnetRows(
                latents.rows(first, count),
                Arrays.copyOfRange(timesteps, first, first + count),
                context.rows(first, count),
                added.map(conditions -> conditions.rows(first, count)),
                guidance.map(scales -> Arrays.copyOfRange(scales, first, first + count)));
    }

    private static void check(int rows, String what, Tensor tensor, int dimensions) {
        int[] shape = tensor.shape();
        if (shape.length != dimensions || shape[0] != rows) {
            throw new IllegalArgumentException("For " + rows + " timesteps the " + what + " must have " + dimensions
                    + " dimensions, the first one " + rows + ", not " + Arrays.toString(shape));
        }
    }
}
