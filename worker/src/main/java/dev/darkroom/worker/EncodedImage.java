package dev.darkroom.worker;

import dev.darkroom.event.StoredImage;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.OutputFormat;
import dev.darkroom.worker.develop.DevelopedImage;
import dev.darkroom.worker.image.GenerationParameters;
import dev.darkroom.worker.image.JpegEncoder;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PngEncoder;
import java.util.Optional;

/** A picture as the bytes of a file. */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the bucket: never compared, never hashed
record EncodedImage(byte[] bytes, OutputFormat.Kind format, int width, int height, long seed) {

    /** Encodes a picture as its job asks; a PNG carries the parameters that made it. */
    static EncodedImage of(ResolvedJob resolved, DevelopedImage image) {
        OutputFormat output = resolved.job().output();
        Picture picture = image.picture();
        byte[] bytes = output.kind() == OutputFormat.Kind.PNG
                ? PngEncoder.encode(picture, parameters(resolved, image))
                : JpegEncoder.encode(picture, output.quality());
        return new EncodedImage(bytes, output.kind(), picture.width(), picture.height(), image.seed());
    }

    /** What the completed event says of it. */
    StoredImage stored(String bucket, String key) {
        return new StoredImage(
                bucket, key, Optional.empty(), Sha256.hex(bytes), bytes.length, width, height, format.label(), seed);
    }

    private static GenerationParameters parameters(ResolvedJob resolved, DevelopedImage image) {
        GenerationJob job = resolved.job();
        return null;
    }
}
