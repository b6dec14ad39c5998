package dev.darkroom.worker.model.checkpoint;

/** How a checkpoint lies on the disk. */
public enum Layout {
    /** {@code model_index.json} and a folder for each network. */
    DIFFUSERS_FOLDER,
    /** One {@code .safetensors} file, under the names that Stable Diffusion was published with. */
    SINGLE_FILE
}
