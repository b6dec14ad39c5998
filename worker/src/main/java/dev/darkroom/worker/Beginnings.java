package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.JobRules;
import dev.darkroom.worker.develop.Beginning;
import dev.darkroom.worker.image.Mask;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.Resampling;
import dev.darkroom.worker.image.SourceParameters;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelFamily;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;

/**
 * What a job's pictures begin with, by what the job names and what its model takes. The defaults are those of diffusers'
 * pipelines. Stateless.
 */
final class Beginnings {
    private static final double STRENGTH = 0.8;
    private static final double XL_STRENGTH = 0.3;
    private static final double XL_STRENGTH_WITH_MASK = 0.9999;
    private static final double IMAGE_GUIDANCE_SCALE = 1.5;

    /** What a UNet takes beside noise and text. */
    private enum Kind {
        NOTHING,
        PICTURE_TO_EDIT,
        MASKED_PICTURE;

        static Kind of(ModelDescription model) {
            int more = model.unetChannels() - model.latentChannels();
            return more == 0 ? NOTHING : more == model.latentChannels() ? PICTURE_TO_EDIT : MASKED_PICTURE;
        }
    }

    private Beginnings() {}

    /**
     * The job with what it leaves open of its picture filled in.
     *
     * @throws JobFailedException when it names what its model has no use for, or not what that needs
     */
    static GenerationJob complete(GenerationJob job, ModelDescription model) throws JobFailedException {
        Kind kind = Kind.of(model);
        if (job.given().isEmpty()) {
            checkAlone(kind, model);
            return job;
        }
        GivenImage given = job.given().get();
        return job.toBuilder()
                .given(
                        switch (kind) {
                            case NOTHING -> made(given, model);
                            case MASKED_PICTURE -> filledIn(given, model);
                            case PICTURE_TO_EDIT -> edited(given, model);
                        })
                .build();
    }

    private static void checkAlone(Kind kind, ModelDescription model) throws JobFailedException {
        if (kind != Kind.NOTHING) {
            String wants = kind == Kind.PICTURE_TO_EDIT ? "a picture to edit" : "a picture to fill in, and its mask";
            String fields = kind == Kind.PICTURE_TO_EDIT ? "image" : "image and mask_image";
            throw unsupported("Model " + model.id() + " wants " + wants + ", its UNet takes " + model.unetChannels()
                    + " channels: a job that only has text needs a model that takes " + model.latentChannels()
                    + ", a job for this one the fields " + fields);
        }
    }

    private static GivenImage made(GivenImage given, ModelDescription model) throws JobFailedException {
        if (given.imageGuidanceScale().isPresent()) {
            throw unsupported("Model " + model.id() + " is none for editing: it has no use for image_guidance_scale");
        }
        return given.withStrength(given.strength().orElse(strength(given, model)));
    }

    private static GivenImage filledIn(GivenImage given, ModelDescription model) throws JobFailedException {
        if (given.maskImage().isEmpty() || given.imageGuidanceScale().isPresent()) {
            throw unsupported("Model " + model.id()
                    + " fills pictures in: a job for it has image and mask_image, and no image_guidance_scale");
        }
        return given.withStrength(given.strength().orElse(strength(given, model)));
    }

    private static GivenImage edited(GivenImage given, ModelDescription model) throws JobFailedException {
        if (given.maskImage().isPresent() || given.strength().isPresent()) {
            throw unsupported("Model " + model.id()
                    + " edits pictures as the prompt says: a job for it has image and image_guidance_scale, and neither"
                    + " strength nor mask_image");
        }
        return given.withGuidance(given.imageGuidanceScale().orElse(IMAGE_GUIDANCE_SCALE));
    }

    private static double strength(GivenImage given, ModelDescription model) {
        boolean xl = model.family() == ModelFamily.SDXL;
        if (given.maskImage().isPresent()) {
            return xl ? XL_STRENGTH_WITH_MASK : 1;
        }
        return xl ? XL_STRENGTH : STRENGTH;
    }

    /** A side that the job leaves open: the given picture's, rounded down. */
    static OptionalInt side(OptionalInt own, Optional<GivenPictures> given, ToIntFunction<Picture> side)
            throws JobFailedException {
        return own.isPresent() || given.isEmpty()
                ? own
                : OptionalInt.of(side(own, given.get().image().picture(), side));
    }

    private static int side(OptionalInt own, Picture picture, ToIntFunction<Picture> side) throws JobFailedException {
        if (own.isPresent()) {
            return own.getAsInt();
        }
        int pixels = side.applyAsInt(picture);
        int rounded = pixels - pixels % (int) JobRules.SIZE.step();
        if (JobRules.SIZE.check(rounded).isPresent()) {
            throw unsupported("The image is " + picture.width() + "x" + picture.height()
                    + ": a job for it names width and height, " + JobRules.SIZE.min() + " to " + JobRules.SIZE.max());
        }
        return rounded;
    }

    /**
     * A given picture as large as those that are to be made: one waits for a model with a job, and a file's may be many
     * times as large.
     *
     * @throws JobFailedException when a side that the job leaves open is none that a job may have
     */
    static Picture sized(GenerationJob job, Picture picture) throws JobFailedException {
        return Resampling.resize(
                picture, side(job.width(), picture, Picture::width), side(job.height(), picture, Picture::height));
    }

    /**
     * The beginning itself.
     *
     * @param job complete, sizes included
     * @param pictures those that it names
     */
    static Beginning of(GenerationJob job, Optional<GivenPictures> pictures) {
        if (job.given().isEmpty()) {
            return new Beginning.Blank();
        }
        GivenImage given = job.given().get();
        GivenPictures all = pictures.orElseThrow(
                () -> new IllegalArgumentException("Job " + job.id() + " names a picture that nobody has read"));
        Picture image = sized(all.image().picture(), job);
        if (given.imageGuidanceScale().isPresent()) {
            return new Beginning.Edited(image, given.imageGuidanceScale().getAsDouble());
        }
        double strength = given.strength().orElseThrow();
        return all.mask()
                .<Beginning>map(mask -> new Beginning.PartlyAnew(image, Mask.of(sized(mask.picture(), job)), strength))
                .orElseGet(() -> new Beginning.Anew(image, strength));
    }

    /** What a picture's file says of its beginning. */
    static Optional<SourceParameters> source(GenerationJob job, Optional<GivenPictures> pictures) {
        return pictures.flatMap(all -> job.given()
                .map(given -> new SourceParameters(
                        given.image(),
                        all.image().sha256(),
                        given.strength(),
                        all.mask()
                                .map(mask -> new SourceParameters.Masked(
                                        given.maskImage().orElseThrow(), mask.sha256())),
                        given.imageGuidanceScale())));
    }

    private static Picture sized(Picture picture, GenerationJob job) {
        return Resampling.resize(
                picture, job.width().orElseThrow(), job.height().orElseThrow());
    }

    private static JobFailedException unsupported(String why) {
        return new JobFailedException(FailureCode.UNSUPPORTED, why);
    }
}
