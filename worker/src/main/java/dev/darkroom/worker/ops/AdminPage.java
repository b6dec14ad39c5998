package dev.darkroom.worker.ops;

/**
 * What a path of the admin server answers.
 *
 * @param status of HTTP
 * @param contentType with its character set, which must be UTF-8 or part of it
 */
public record AdminPage(int status, String contentType, String body) {}
