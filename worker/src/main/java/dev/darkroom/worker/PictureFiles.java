package dev.darkroom.worker;

import dev.darkroom.job.GivenImage;
import dev.darkroom.job.JobRules;
import dev.darkroom.worker.GivenPictures.NamedPicture;
import dev.darkroom.worker.image.PictureReader;
import dev.darkroom.worker.image.UnreadablePictureException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The pictures that {@code generate} begins with, as options. */
final class PictureFiles {
    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "A PNG or JPEG that the pictures begin with, and whose size they have unless it is named.")
    private @Nullable Path image;

    @Option(
            names = "--mask-image",
            paramLabel = "FILE",
            description = "A PNG or JPEG that is white where --image is made anew.")
    private @Nullable Path mask;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec command;

    /** What a job says of them; where there is no bucket, the names of the files stand for keys. */
    Optional<GivenImage> given() {
        if (image == null && mask != null) {
            throw new ParameterException(command.commandLine(), "--mask-image is of a picture: it needs --image");
        }
        Optional<String> maskKey = Optional.ofNullable(mask).map(PictureFiles::key);
        return Optional.ofNullable(image)
                .map(file -> GivenImage.of(key(file)))
                .map(given -> maskKey.map(given::withMask).orElse(given));
    }

    private static String key(Path file) {
        return "file-" + file.getFileName().toString().replaceAll("[^A-Za-z0-9._-]", "_");
    }

    /**
     * The pictures that a job takes, which must be these.
     *
     * @param recorded what the picture says that is to be made again; empty where none is
     * @throws ParameterException when a file is named that the job has no use for
     * @throws IOException when one is absent, cannot be read, is no picture, or another one than is recorded
     */
    Optional<GivenPictures> read(Optional<GivenImage> given, Optional<RecordedPicture.Source> recorded)
            throws IOException {
        unused("--image", image, given.map(GivenImage::image));
        unused("--mask-image", mask, given.flatMap(GivenImage::maskImage));
        if (given.isEmpty()) {
            return Optional.empty();
        }
        NamedPicture first = read(
                "--image",
                Optional.ofNullable(image),
                given.get().image(),
                recorded.map(RecordedPicture.Source::imageSha256));
        if (given.get().maskImage().isEmpty()) {
            return Optional.of(new GivenPictures(first, Optional.empty()));
        }
        NamedPicture second = read(
                "--mask-image",
                Optional.ofNullable(mask),
                given.get().maskImage().get(),
                recorded.flatMap(RecordedPicture.Source::maskSha256));
        return Optional.of(new GivenPictures(first, Optional.of(second)));
    }

    /** Of a picture that is made again: it would be another one. */
    private void unused(String option, @Nullable Path file, Optional<String> key) {
        if (file != null && key.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(), "The picture was made without one: leave out " + option);
        }
    }

    private static NamedPicture read(String option, Optional<Path> file, String key, Optional<String> sha256)
            throws IOException {
        if (file.isEmpty()) {
            throw new IOException("It was made from the picture " + key
                    + sha256.map(sum -> " with the SHA-256 " + JobRules.quoted(sum))
                            .orElse("") + ": name its file with " + option);
        }
        NamedPicture picture = read(file.get());
        if (sha256.isPresent() && !sha256.get().equals(picture.sha256())) {
            throw new IOException("It was made from the picture " + key + " with the SHA-256 "
                    + JobRules.quoted(sha256.get()) + ", but " + file.get() + " has " + picture.sha256());
        }
        return picture;
    }

    private static NamedPicture read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return NamedPicture.of(in.readNBytes(PictureReader.MOST_BYTES + 1));
        } catch (UnreadablePictureException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
