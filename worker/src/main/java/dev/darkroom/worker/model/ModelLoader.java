package dev.darkroom.worker.model;

/** Makes a model out of its files. The runtime implements it; tests may too. Safe for use by several threads. */
public interface ModelLoader {
    /**
     * Loads a checkpoint.
     *
     * @throws ModelException when the checkpoint is absent, broken or not supported; the message names file and tensor
     */
    LoadedModel load(ModelFiles files) throws ModelException;

    /**
     * About how much memory of the device the model takes once it is loaded and runs, in bytes. Reads headers only.
     *
     * @throws ModelException as {@link #load}
     */
    long memory(ModelFiles files) throws ModelException;

    /**
     * What of {@link #memory} are pages of files, the same for a model with LoRAs and without, in bytes.
     *
     * @throws ModelException as {@link #load}
     */
    default long sharedMemory(ModelFiles files) throws ModelException {
        return 0;
    }

    /**
     * As {@link #memory}, for the time until it is loaded, at least as much.
     *
     * @throws ModelException as {@link #load}
     */
    default long loadingMemory(ModelFiles files) throws ModelException {
        return memory(files);
    }
}
