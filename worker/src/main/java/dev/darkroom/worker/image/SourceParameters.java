package dev.darkroom.worker.image;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The picture that a picture began with.
 *
 * @param image the key that its object had
 * @param imageSha256 of its file, in hex
 * @param strength how much of it was made anew; empty where it was edited
 * @param mask where it was made anew; empty: everywhere
 * @param imageGuidanceScale how much it stayed what it was, where it was edited
 */
public record SourceParameters(
        String image,
        String imageSha256,
        OptionalDouble strength,
        Optional<Masked> mask,
        OptionalDouble imageGuidanceScale) {
    /**
     * A mask.
     *
     * @param image the key that its object had
     * @param sha256 of its file, in hex
     */
    public record Masked(String image, String sha256) {}

    /** As a JSON object; names are those of a job, where it has them. */
    String json() {
        StringBuilder json = new StringBuilder(
                "{\"image\":" + JsonText.quoted(image) + ",\"image_sha256\":" + JsonText.quoted(imageSha256));
        strength.ifPresent(value -> json.append(",\"strength\":").append(GenerationParameters.plain(value)));
        mask.ifPresent(masked -> json.append(",\"mask_image\":")
                .append(JsonText.quoted(masked.image()))
                .append(",\"mask_image_sha256\":")
                .append(JsonText.quoted(masked.sha256())));
        imageGuidanceScale.ifPresent(
                value -> json.append(",\"image_guidance_scale\":").append(GenerationParameters.plain(value)));
        return json.append('}').toString();
    }
}
