package dev.darkroom.json;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.job.JobRules;
import dev.darkroom.job.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** The fields of a job that are checked together, once all were read. Each has obeyed its own rule before. Not thread-safe. */
final class JoinedFields {
    private double guidanceStart = GuidanceInterval.ALWAYS.start();
    private double guidanceEnd = GuidanceInterval.ALWAYS.end();
    private boolean imageIsNamed;
    private Optional<String> image = Optional.empty();
    private OptionalDouble strength = OptionalDouble.empty();
    private Optional<String> maskImage = Optional.empty();
    private OptionalDouble imageGuidanceScale = OptionalDouble.empty();

    void guidanceStart(double value) {
        guidanceStart = value;
    }

    void guidanceEnd(double value) {
        guidanceEnd = value;
    }

    /** The field is there, whatever it says. */
    void namesImage() {
        imageIsNamed = true;
    }

    void image(String key) {
        image = Optional.of(key);
    }

    void strength(double value) {
        strength = OptionalDouble.of(value);
    }

    void maskImage(String key) {
        maskImage = Optional.of(key);
    }

    void imageGuidanceScale(double value) {
        imageGuidanceScale = OptionalDouble.of(value);
    }

    List<Violation> violations() {
        List<Violation> violations = new ArrayList<>();
        JobRules.guidanceEnd(guidanceStart, guidanceEnd)
                .ifPresent(rule -> violations.add(new Violation("guidance_end", rule)));
        needsImage("strength", strength.isPresent(), violations);
        needsImage("mask_image", maskImage.isPresent(), violations);
        needsImage("image_guidance_scale", imageGuidanceScale.isPresent(), violations);
        return violations;
    }

    private void needsImage(String field, boolean present, List<Violation> violations) {
        if (present && !imageIsNamed) {
            violations.add(new Violation(field, "needs an image"));
        }
    }

    void apply(GenerationJob.Builder job) {
        job.guidanceStart(guidanceStart).guidanceEnd(guidanceEnd);
        image.ifPresent(key -> job.given(new GivenImage(key, strength, maskImage, imageGuidanceScale)));
    }
}
