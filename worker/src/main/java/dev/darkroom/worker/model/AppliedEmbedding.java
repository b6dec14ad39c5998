package dev.darkroom.worker.model;

/**
 * A textual inversion whose word the prompts of a loaded model may have.
 *
 * @param id its name in the catalogue
 * @param word that stands for it
 * @param token the id of its first vector, which rows of tokens have where a prompt has the word
 * @param sha256 of its file, in hex
 */
public record AppliedEmbedding(String id, String word, int token, String sha256) {}
