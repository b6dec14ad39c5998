package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.develop.DevelopRequest;
import dev.darkroom.worker.image.SourceParameters;
import java.util.Optional;

/**
 * A job with nothing left open.
 *
 * @param job every default filled in
 * @param request the same for the darkroom
 * @param hash SHA-256 of the canonical job, in hex
 * @param source the picture that its pictures begin with
 */
record ResolvedJob(GenerationJob job, DevelopRequest request, String hash, Optional<SourceParameters> source) {
    /**
     * Calls of the UNet that each picture takes: as many as there are steps, more where a step takes several, or fewer
     * where they begin with a picture.
     */
    int calls() {
        return request.newScheduler().steps();
    }
}
