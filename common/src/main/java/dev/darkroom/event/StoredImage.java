package dev.darkroom.event;

import java.util.Optional;

/**
 * A picture in the bucket.
 *
 * @param url where it can be fetched without the bucket's keys, if the worker gives such addresses out
 * @param sha256 of the object, 64 lower-case hex digits
 * @param bytes size of the object
 * @param width in pixels
 * @param height in pixels
 * @param format {@code png} or {@code jpeg}
 * @param seed that its noise came from
 */
public record StoredImage(
        String bucket,
        String key,
        Optional<String> url,
        String sha256,
        long bytes,
        int width,
        int height,
        String format,
        long seed) {
    public StoredImage {
        EventRules.text("images/bucket", bucket);
        EventRules.text("images/key", key);
        EventRules.sha256("images/sha256", sha256);
        EventRules.atLeast("images/bytes", 1, bytes);
        EventRules.atLeast("images/width", 1, width);
        EventRules.atLeast("images/height", 1, height);
        EventRules.text("images/format", format);
        EventRules.atLeast("images/seed", 0, seed);
    }
}
