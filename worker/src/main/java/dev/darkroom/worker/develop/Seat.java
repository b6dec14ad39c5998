package dev.darkroom.worker.develop;

/**
 * A job's part of a call of the UNet.
 *
 * @param rows of the call, 1 or more
 */
public record Seat(Generation generation, int rows) {}
