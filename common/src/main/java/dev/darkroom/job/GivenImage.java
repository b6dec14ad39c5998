package dev.darkroom.job;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The picture that a job's pictures begin with. What is left open is as in diffusers, and so differs from model to model.
 *
 * @param image its object's key in the bucket
 * @param strength 0 to 1: how much of it is made anew
 * @param maskImage the key of a picture that is white where the other is to be made anew; absent: everywhere
 * @param imageGuidanceScale how much the picture stays what it is, with a model for editing
 */
public record GivenImage(
        String image, OptionalDouble strength, Optional<String> maskImage, OptionalDouble imageGuidanceScale) {
    public GivenImage {
        JobRules.require("image", JobRules.objectKey(image));
        strength.ifPresent(value -> JobRules.require("strength", JobRules.STRENGTH.check(value)));
        JobRules.require("mask_image", maskImage.flatMap(JobRules::objectKey));
        imageGuidanceScale.ifPresent(
                value -> JobRules.require("image_guidance_scale", JobRules.IMAGE_GUIDANCE_SCALE.check(value)));
        // Adding 0.0 makes -0.0 the same as 0.0, so that equal jobs are equal records.
        strength = RealRule.withoutNegativeZero(strength);
        imageGuidanceScale = RealRule.withoutNegativeZero(imageGuidanceScale);
    }

    /** A picture with all else left open. */
    public static GivenImage of(String key) {
        return new GivenImage(key, OptionalDouble.empty(), Optional.empty(), OptionalDouble.empty());
    }

    /** The same, so much of it made anew. */
    public GivenImage withStrength(double value) {
        return new GivenImage(image, OptionalDouble.of(value), maskImage, imageGuidanceScale);
    }

    /** The same, made anew where another picture is white. */
    public GivenImage withMask(String key) {
        return new GivenImage(image, strength, Optional.of(key), imageGuidanceScale);
    }

    /** The same, edited. */
    public GivenImage withGuidance(double scale) {
        return new GivenImage(image, strength, maskImage, OptionalDouble.of(scale));
    }
}
