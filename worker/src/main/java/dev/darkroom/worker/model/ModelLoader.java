package dev.darkroom.worker.model;

import java.nio.file.Path;

/** Makes a model out of a checkpoint. The runtime implements it; tests may too. */
public interface ModelLoader {
    /**
     * Loads a checkpoint.
     *
     * @param id the name that the model is known by
     * @param checkpoint a diffusers folder, or a single {@code .safetensors} file
     * @throws ModelException when the checkpoint is absent, broken or not supported; the message names file and tensor
     */
    LoadedModel load(String id, Path checkpoint) throws ModelException;
}
