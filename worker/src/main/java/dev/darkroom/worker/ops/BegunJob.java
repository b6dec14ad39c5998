package dev.darkroom.worker.ops;

/**
 * A job whose work begins. Nothing of it but its id was chosen by its sender.
 *
 * @param model the id of a model that the worker has
 * @param scheduler one that the worker knows, e.g. {@code euler}
 * @param steps how many steps its pictures take
 */
public record BegunJob(
        String id, int attempt, String model, String scheduler, int width, int height, int steps, int pictures) {}
