package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.worker.image.PngTexts;
import dev.darkroom.worker.model.LoadedModel;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A picture whose file says how it was made. */
sealed interface MadePicture permits RecordedPicture, A1111Picture {
    /**
     * What it is to be made again with.
     *
     * @param vae in place of the checkpoint's own
     */
    record Weights(Path checkpoint, Optional<Path> vae, LoadedModel loaded) {}

    /**
     * Reads a PNG of Darkroom's or A1111's.
     *
     * @throws IOException when it cannot be read, does not say how it was made, or was made with something that Darkroom
     *     cannot do
     */
    static MadePicture read(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            Map<String, String> texts = PngTexts.read(in);
            if (texts.containsKey(RecordedPicture.KEYWORD)) {
                return RecordedPicture.of(texts.get(RecordedPicture.KEYWORD));
            }
            if (texts.containsKey(A1111Picture.KEYWORD)) {
                return A1111Picture.of(texts.get(A1111Picture.KEYWORD));
            }
            throw new IOException("it does not say how it was made: there is neither a text '" + RecordedPicture.KEYWORD
                    + "' nor one '" + A1111Picture.KEYWORD + "'");
        } catch (IOException e) {
            throw new IOException(file + " cannot be made again: " + e.getMessage(), e);
        }
    }

    /**
     * The job that makes it, the model left open where the file's name for it says nothing here.
     *
     * @param named the picture that options name for it to begin with
     * @throws IOException when it began with a picture, and none is named nor told
     */
    GenerationJob job(Optional<GivenImage> named) throws IOException;

    /** The files that it began with, where it tells them. */
    Optional<RecordedPicture.Source> source();

    /** The job on a model, which may not heed all that the file says. */
    default GenerationJob on(LoadedModel loaded, GenerationJob job) {
        return job;
    }

    /**
     * Compares what is told of its weights with what is there.
     *
     * @param tell is told what may be another picture's
     * @throws IllegalArgumentException when it would be another picture for certain
     */
    void check(Weights weights, Consumer<String> tell);
}
