package dev.darkroom.worker.model;

import java.util.Optional;

/** A denoising network. Safe for use by several threads. */
public interface Unet extends AutoCloseable {
    /**
     * One call of the network. Each row has its own timestep and text, and is computed from nothing else; for its last bits
     * see {@link #rowsAreIndependent}.
     *
     * @param interruption when it is raised, the call ends soon, with an {@link InferenceException}
     * @return the prediction {@code (rows, 4, h/8, w/8)}
     * @throws IllegalArgumentException when the rows are not what this network takes: other channels, another width of
     *     the text, or {@linkplain UnetRows#added conditions} or a {@linkplain UnetRows#guidance guidance} where it has
     *     no use for them or none where it has
     * @throws InferenceException when the runtime fails
     */
    Tensor predict(UnetRows rows, Interruption interruption);

    /** The same, and nothing interrupts it. */
    default Tensor predict(UnetRows rows) {
        return predict(rows, new Interruption());
    }

    /**
     * Whether a row comes out the same, bit for bit, whatever rows it is computed with. Where it may not, the same rows
     * together still give the same.
     */
    boolean rowsAreIndependent();

    /** The way to leave out its deep part; empty where it has none. */
    default Optional<DeepFeatures> deepFeatures() {
        return Optional.empty();
    }

    /**
     * Another session of the same network: each of its calls computes on its caller's thread alone, so that several callers
     * keep as many cores busy. It gives the same, bit for bit, and belongs to whoever asked. Empty where the bits would be
     * others, and where the network is so large that its weights should not be there twice.
     *
     * @throws ModelException when it cannot be loaded
     */
    default Optional<Unet> onCallersThread() throws ModelException {
        return Optional.empty();
    }

    @Override
    void close();
}
