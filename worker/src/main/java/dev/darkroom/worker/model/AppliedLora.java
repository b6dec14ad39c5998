package dev.darkroom.worker.model;

/**
 * A LoRA that changed a loaded model.
 *
 * @param id its name in the catalogue
 * @param scale what it added was multiplied by this
 * @param sha256 of its file, in hex
 * @param weightsSha256 of what follows the header in its file, in hex: trainers and A1111's web UI know a LoRA by that
 */
public record AppliedLora(String id, double scale, String sha256, String weightsSha256) {}
