package dev.darkroom.worker.model;

/**
 * A textual inversion that a loaded model was to know and does not: its file is broken, or its word is another's too.
 *
 * @param word that would stand for it
 * @param token which rows of tokens have where a prompt has the word; no text encoder takes it
 * @param why with the file's name
 */
public record UnusableEmbedding(String word, int token, String why) {}
