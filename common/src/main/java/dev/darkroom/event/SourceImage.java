package dev.darkroom.event;

import dev.darkroom.job.GivenImage;
import dev.darkroom.job.JobRules;
import java.util.Optional;

/**
 * The picture that a job's pictures began with.
 *
 * @param given what the job says of it, with nothing left open that its model takes
 * @param sha256 of its object, 64 lower-case hex digits
 * @param maskSha256 the same of the mask's, where the job names one
 */
public record SourceImage(GivenImage given, String sha256, Optional<String> maskSha256) {
    public SourceImage {
        EventRules.sha256("source/sha256", sha256);
        maskSha256.ifPresent(sum -> EventRules.sha256("source/mask_sha256", sum));
        if (maskSha256.isPresent() != given.maskImage().isPresent()) {
            throw new IllegalArgumentException("source/mask_sha256: belongs to a mask_image, is "
                    + maskSha256.map(JobRules::quoted).orElse("absent"));
        }
    }
}
