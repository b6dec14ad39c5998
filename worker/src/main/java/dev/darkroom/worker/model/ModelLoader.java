package dev.darkroom.worker.model;

/** Makes a model out of its files. The runtime implements it; tests may too. */
public interface ModelLoader {
    /**
     * Loads a checkpoint.
     *
     * @throws ModelException when the checkpoint is absent, broken or not supported; the message names file and tensor
     */
    LoadedModel load(ModelFiles files) throws ModelException;
}
