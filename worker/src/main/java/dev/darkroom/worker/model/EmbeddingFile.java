package dev.darkroom.worker.model;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A textual inversion that is on this machine: vectors that stand for a word of a prompt (Gal et al. 2022,
 * arXiv:2208.01618).
 *
 * @param id its name in the catalogue
 * @param path a {@code .safetensors} file
 * @param family of the models that it is for, where its operator says it
 * @param token the word; empty for what the file calls it, or else the id
 */
public record EmbeddingFile(String id, Path path, Optional<ModelFamily> family, Optional<String> token) {}
