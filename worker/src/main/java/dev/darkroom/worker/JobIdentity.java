package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.json.JobCodec;
import java.util.Optional;

/**
 * Which job it is: its id, and a hash of what it asks for. Nothing in it depends on the worker (its models, its
 * defaults): all workers agree on it.
 *
 * @param contentHash SHA-256 in hex; two jobs of one id and one content are the same job
 */
record JobIdentity(String id, String contentHash) {
    /** The job as it was sent, without what does not change the picture: context and deadline. */
    static JobIdentity of(GenerationJob job) {
        GenerationJob content = new GenerationJob(
                job.id(),
                job.model(),
                job.loras(),
                job.prompt(),
                job.negativePrompt(),
                job.promptSyntax(),
                job.width(),
                job.height(),
                job.numInferenceSteps(),
                job.guidanceScale(),
                job.scheduler(),
                job.seed(),
                job.noise(),
                job.numImages(),
                job.clipSkip(),
                job.guidanceRescale(),
                job.guidanceInterval(),
                job.cacheInterval(),
                job.eta(),
                job.given(),
                job.output(),
                Optional.empty(),
                Optional.empty());
        return new JobIdentity(job.id(), Sha256.hex(JobCodec.encode(content)));
    }

    /** The job that a record's value is, valid or not; empty when its id cannot be read. */
    static Optional<JobIdentity> of(byte[] value) {
        try {
            return Optional.of(of(JobCodec.decode(value)));
        } catch (InvalidJobException e) {
            return e.jobId().map(id -> ofInvalid(id, value));
        }
    }

    /** A record that is no valid job, but whose id can be read. */
    static JobIdentity ofInvalid(String id, byte[] value) {
        return new JobIdentity(id, Sha256.hex(value));
    }
}
