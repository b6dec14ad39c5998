package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.CanonicalJob;
import dev.darkroom.worker.develop.DevelopRequest;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.diffusion.schedule.UnsupportedSchedulerException;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Finds a job's model and fills in what the job leaves open. Safe for use by several threads. */
final class JobResolver {
    private final LoadedModels models;
    private final Optional<String> defaultModel;

    JobResolver(LoadedModels models, Optional<String> defaultModel) {
        this.models = models;
        this.defaultModel = defaultModel;
    }

    /** Resolves a job; loads its model if need be. */
    ResolvedJob resolve(GenerationJob job) throws JobFailedException {
        String modelId = job.model().or(() -> defaultModel).orElse("");
        LoadedModel model = load(modelId);
        return resolve(job, model, model.description().schedulerConfig());
    }

    /**
     * Fills in what a job leaves open. What the model cannot do is refused here, before anything is published.
     *
     * @param schedulerConfig the checkpoint's own, or what takes its place
     */
    static ResolvedJob resolve(GenerationJob job, LoadedModel model, Map<String, Object> schedulerConfig)
            throws JobFailedException {
        int layers = model.description().textLayers();
        if (job.clipSkip() > layers) {
            throw new JobFailedException(
                    FailureCode.UNSUPPORTED,
                    "clip_skip is " + job.clipSkip() + ", but the text encoder has " + layers + " layers");
        }
        try {
            String scheduler = job.scheduler().orElseGet(() -> Schedulers.nameOf(schedulerConfig));
            int nativeSize = model.description().nativeSize();
            GenerationJob complete = job.toBuilder()
                    .model(model.description().id())
                    .width(job.width().orElse(nativeSize))
                    .height(job.height().orElse(nativeSize))
                    .scheduler(scheduler)
                    .numInferenceSteps(job.numInferenceSteps().orElseGet(() -> Schedulers.defaultSteps(scheduler)))
                    .guidanceScale(
                            job.guidanceScale().orElse(model.description().guidanceScale()))
                    .seed(job.seed().orElseGet(() -> seedOf(job.id())))
                    .build();
            DevelopRequest request = request(complete, model, schedulerConfig);
            Schedulers.create(scheduler, schedulerConfig, request.numInferenceSteps(), request.eta());
            return new ResolvedJob(complete, request, CanonicalJob.sha256(complete));
        } catch (UnsupportedSchedulerException | IllegalArgumentException e) {
            throw new JobFailedException(FailureCode.UNSUPPORTED, e);
        }
    }

    /** The seed of a job that names none: from its id, so that a redelivery makes the same picture. */
    static long seedOf(String id) {
        byte[] digest = Sha256.of(id.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getLong() & Long.MAX_VALUE;
    }

    private LoadedModel load(String id) throws JobFailedException {
        try {
            return models.get(id).orElseThrow(() -> unknownModel(id));
        } catch (UnsupportedModelException e) {
            throw new JobFailedException(FailureCode.UNSUPPORTED, e);
        } catch (ModelException e) {
            throw new JobFailedException(FailureCode.MODEL_UNAVAILABLE, e);
        }
    }

    private JobFailedException unknownModel(String id) {
        String what = id.isEmpty() ? "The job names no model and there is no default" : "There is no model " + id;
        return new JobFailedException(
                FailureCode.UNKNOWN_MODEL, what + "; this worker has: " + String.join(", ", models.ids()));
    }

    private static DevelopRequest request(GenerationJob job, LoadedModel model, Map<String, Object> config) {
        return new DevelopRequest(
                model,
                job.prompt(),
                job.negativePrompt(),
                job.width().orElseThrow(),
                job.height().orElseThrow(),
                job.numInferenceSteps().orElseThrow(),
                job.guidanceScale().orElseThrow(),
                job.scheduler().orElseThrow(),
                config,
                job.seed().orElseThrow(),
                job.numImages(),
                job.clipSkip(),
                job.guidanceRescale(),
                job.eta());
    }
}
