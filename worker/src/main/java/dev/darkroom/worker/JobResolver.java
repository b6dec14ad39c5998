package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.job.JobRules;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.json.CanonicalJob;
import dev.darkroom.worker.develop.DevelopRequest;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.diffusion.schedule.UnsupportedSchedulerException;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.diffusion.text.WeightedPrompt;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.BorrowedModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelVariant;
import dev.darkroom.worker.model.NonFiniteModelException;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds a job's model and fills in what the job leaves open. Safe for use by several threads. */
final class JobResolver implements AutoCloseable {
    private static final int NAMED = 20;
    /** Of tokens, 75 in each: what 4,000 letters take that are a token each. */
    private static final int MOST_ROWS = 54;

    /** A job may have one of so many parts of the heap for deep features. */
    private static final int PARTS_OF_HEAP = 8;

    private final LoadedModels models;
    private final Optional<String> defaultModel;
    private final ModelDesk desk = new ModelDesk();

    JobResolver(LoadedModels models, Optional<String> defaultModel) {
        this.models = models;
        this.defaultModel = defaultModel;
    }

    /**
     * The same, but no longer than the job can wait.
     *
     * @param left time until the job's deadline
     * @param stop ends the wait
     */
    BorrowedModel borrow(GenerationJob job, Optional<Precision> precision, Duration left, StopSignal stop)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        return desk.borrow(() -> borrow(job, precision), left, stop);
    }

    @Override
    public void close() {
        desk.close();
    }

    /**
     * The job's model, loaded if need be, for as long as the job runs on it.
     *
     * @param precision empty for the model's own
     */
    BorrowedModel borrow(GenerationJob job, Optional<Precision> precision)
            throws JobFailedException, InterruptedException {
        String id = job.model().or(() -> defaultModel).orElse("");
        ModelVariant variant = JobLoras.variant(id, job);
        try {
            refuseUnknownLoras(JobLoras.named(job));
            Optional<BorrowedModel> model =
                    precision.isPresent() ? models.borrow(variant, precision.get()) : models.borrow(variant);
            return model.orElseThrow(() -> unknownModel(id));
        } catch (UnsupportedModelException e) {
            throw new JobFailedException(FailureCode.UNSUPPORTED, e);
        } catch (NonFiniteModelException e) {
            throw new NonFiniteJobException(e.precision(), e);
        } catch (ModelException e) {
            throw new JobFailedException(FailureCode.MODEL_UNAVAILABLE, e);
        } catch (OutOfMemoryError e) {
            throw new JobFailedException(FailureCode.OUT_OF_MEMORY, "Model " + id + " does not fit the memory", e);
        }
    }

    /**
     * Fills in what a job leaves open: what the model's operator says, else what the checkpoint says. What the model cannot
     * do is refused here, before anything is published.
     *
     * @param given the pictures that the job names
     * @param schedulerConfig the checkpoint's own, or what takes its place
     */
    static ResolvedJob resolve(
            GenerationJob asSent, Optional<GivenPictures> given, LoadedModel model, Map<String, Object> schedulerConfig)
            throws JobFailedException {
        ModelDescription description = model.description();
        ModelDefaults defaults = description.defaults();
        GenerationJob job = Beginnings.complete(asSent, description);
        checkPrompt("prompt", JobLoras.prompt(job), job, model);
        checkPrompt("negative_prompt", job.negativePrompt(), job, model);
        JobEmbeddings.check(job, model);
        int layers = description.textLayers();
        if (job.clipSkip() > layers) {
            throw new JobFailedException(
                    FailureCode.UNSUPPORTED,
                    "clip_skip is " + job.clipSkip() + ", but the text encoder has " + layers + " layers");
        }
        checkGuidance(job, description);
        checkReuse(job, model);
        try {
            String scheduler =
                    job.scheduler().or(defaults::scheduler).orElseGet(() -> Schedulers.nameOf(schedulerConfig));
            int nativeSize = description.nativeSize();
            GenerationJob complete = job.toBuilder()
                    .model(description.id())
                    .width(Beginnings.side(job.width(), given, Picture::width)
                            .orElse(defaults.width().orElse(nativeSize)))
                    .height(Beginnings.side(job.height(), given, Picture::height)
                            .orElse(defaults.height().orElse(nativeSize)))
                    .scheduler(scheduler)
                    .numInferenceSteps(job.numInferenceSteps()
                            .orElseGet(() ->
                                    defaults.numInferenceSteps().orElseGet(() -> Schedulers.defaultSteps(scheduler))))
                    .guidanceScale(
                            job.guidanceScale().orElse(defaults.guidanceScale().orElse(description.guidanceScale())))
                    .seed(job.seed().orElseGet(() -> seedOf(job.id())))
                    .build();
            DevelopRequest request = request(complete, given, model, schedulerConfig);
            checkFeatures(request, Runtime.getRuntime().maxMemory());
            request.newScheduler();
            checkEncoder(request);
            return new ResolvedJob(
                    complete, request, CanonicalJob.sha256(complete), Beginnings.source(complete, given));
        } catch (UnsupportedSchedulerException | IllegalArgumentException e) {
            throw new JobFailedException(FailureCode.UNSUPPORTED, e);
        }
    }

    /** The seed of a job that names none: from its id, so that a redelivery makes the same picture. */
    static long seedOf(String id) {
        byte[] digest = Sha256.of(id.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getLong() & Long.MAX_VALUE;
    }

    /** Loads the VAE's encoder, where the job needs it: not every checkpoint has one. */
    private static void checkEncoder(DevelopRequest request) throws JobFailedException {
        if (request.beginning().given().isEmpty()) {
            return;
        }
        try {
            request.model().vaeEncoder();
        } catch (UnsupportedModelException e) {
            throw new JobFailedException(FailureCode.UNSUPPORTED, e);
        } catch (ModelException e) {
            throw new JobFailedException(FailureCode.MODEL_UNAVAILABLE, e);
        }
    }

    /** A UNet that was distilled with its guidance knows no prediction without. */
    private static void checkGuidance(GenerationJob job, ModelDescription model) throws JobFailedException {
        if (model.guidanceEmbedded() && !job.guidanceInterval().equals(GuidanceInterval.ALWAYS)) {
            throw new JobFailedException(
                    FailureCode.UNSUPPORTED,
                    "Model " + model.id() + " is told its guidance_scale in every step: a job for it names neither"
                            + " guidance_start nor guidance_end");
        }
    }

    private static void checkReuse(GenerationJob job, LoadedModel model) throws JobFailedException {
        if (job.cacheInterval() > 1 && model.unet().deepFeatures().isEmpty()) {
            throw new JobFailedException(
                    FailureCode.UNSUPPORTED,
                    "Model " + model.description().id() + " has a UNet without deep features to reuse: a job for it has"
                            + " no cache_interval");
        }
    }

    /** They are on the heap while the job is denoised, among all that a worker has: one job must not take that. */
    static void checkFeatures(DevelopRequest request, long heap) throws JobFailedException {
        long most = heap / PARTS_OF_HEAP;
        if (request.featureBytes() > most) {
            throw new JobFailedException(
                    FailureCode.OUT_OF_MEMORY,
                    "The deep features of " + request.numImages() + " pictures of " + request.width() + "x"
                            + request.height() + " take " + (request.featureBytes() >> 20)
                            + " MiB, and this worker has "
                            + (most >> 20) + " for a job: send fewer pictures, smaller ones, or no cache_interval");
        }
    }

    /**
     * Each row makes every call of the UNet longer, and a prompt of nothing but BREAKs has hundreds: such a job would take
     * the memory of its worker, or be ended as stalled, and then that of the next one.
     */
    private static void checkPrompt(String field, String prompt, GenerationJob job, LoadedModel model)
            throws JobFailedException {
        if (job.promptSyntax() != PromptSyntax.WEIGHTED) {
            return;
        }
        int rows = TokenRows.weighted(model.tokenizer(), WeightedPrompt.parse(prompt))
                .ids()
                .length;
        if (rows > MOST_ROWS) {
            throw new JobFailedException(
                    FailureCode.UNSUPPORTED,
                    "The field " + field + " takes " + rows + " rows of tokens, more than " + MOST_ROWS
                            + ": it needs fewer words, or fewer BREAKs");
        }
    }

    private void refuseUnknownLoras(Set<String> named) throws JobFailedException {
        List<String> ids = named.isEmpty() ? List.of() : models.loraIds();
        for (String id : named) {
            if (!ids.contains(id)) {
                throw unknown("There is no LoRA " + JobRules.quoted(id), ids);
            }
        }
    }

    private JobFailedException unknownModel(String id) {
        return unknown(
                id.isEmpty() ? "The job names no model and there is no default" : "There is no model " + id,
                models.ids());
    }

    /** An event has an end where a catalogue may have none: of the ids that there are the first ones are named. */
    private static JobFailedException unknown(String what, List<String> ids) {
        String others = ids.size() <= NAMED ? "" : " and " + (ids.size() - NAMED) + " more";
        String named = ids.isEmpty() ? "none" : ids.stream().limit(NAMED).collect(Collectors.joining(", ")) + others;
        return new JobFailedException(FailureCode.UNKNOWN_MODEL, what + "; this worker has: " + named);
    }

    private static DevelopRequest request(
            GenerationJob job, Optional<GivenPictures> given, LoadedModel model, Map<String, Object> config) {
        return new DevelopRequest(
                model,
                JobLoras.prompt(job),
                job.negativePrompt(),
                job.promptSyntax(),
                job.width().orElseThrow(),
                job.height().orElseThrow(),
                job.numInferenceSteps().orElseThrow(),
                job.guidanceScale().orElseThrow(),
                job.scheduler().orElseThrow(),
                config,
                job.seed().orElseThrow(),
                job.noise(),
                job.numImages(),
                job.clipSkip(),
                job.guidanceRescale(),
                job.eta(),
                job.guidanceInterval(),
                job.cacheInterval(),
                Beginnings.of(job, given));
    }
}
