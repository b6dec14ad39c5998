package dev.darkroom.worker.model;

/** A denoising network. Safe for use by several threads. */
public interface Unet extends AutoCloseable {
    /**
     * One call of the network. Rows are independent: each has its own timestep and text.
     *
     * @param latents {@code (rows, channels, h/8, w/8)}, already scaled as the scheduler asks
     * @param timesteps {@code (rows)}
     * @param context {@code (rows, tokens, cross attention width)}
     * @return the prediction {@code (rows, 4, h/8, w/8)}
     * @throws InferenceException when the runtime fails
     */
    Tensor predict(Tensor latents, float[] timesteps, Tensor context);

    /**
     * The same for a network that needs {@link AddedConditions}; each kind of network takes one of the two calls only.
     *
     * @throws InferenceException when the runtime fails
     */
    default Tensor predict(Tensor latents, float[] timesteps, Tensor context, AddedConditions added) {
        throw new IllegalArgumentException("This UNet takes no added conditions");
    }

    @Override
    void close();
}
