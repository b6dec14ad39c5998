package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.image.PngTexts;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a picture was made, read from its file.
 *
 * @param job with nothing left open; of several pictures all are made again
 * @param modelSha256 of the model's weights, in hex
 * @param loraSha256 of the LoRAs' files, in hex, by id
 * @param embeddingSha256 of the textual inversions' files, in hex, by word
 * @param version of Darkroom that made it
 * @param source of the picture that it began with, if it did
 */
record RecordedPicture(
        GenerationJob job,
        String modelSha256,
        Map<String, String> loraSha256,
        Map<String, String> embeddingSha256,
        String version,
        Optional<Source> source) {
    /**
     * The files that it takes to make it again.
     *
     * @param imageSha256 in hex
     * @param maskSha256 in hex
     */
    record Source(String imageSha256, Optional<String> maskSha256) {}

    private static final JsonMapper JSON = new JsonMapper();
    private static final String KEYWORD = "darkroom";

    /**
     * Reads a PNG.
     *
     * @throws IOException when it cannot be read, or does not say how it was made
     */
    static RecordedPicture read(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            String text = Optional.ofNullable(PngTexts.read(in).get(KEYWORD))
                    .orElseThrow(() -> new IOException("Darkroom did not make it: it has no text '" + KEYWORD + "'"));
            return of(text);
        } catch (JsonProcessingException | InvalidJobException e) {
            throw new IOException(file + " does not say how it was made: " + reason(e), e);
        } catch (IOException e) {
            throw new IOException(file + " cannot be made again: " + e.getMessage(), e);
        }
    }

    private static RecordedPicture of(String text) throws JsonProcessingException, InvalidJobException {
        ObjectNode json = JSON.readTree(text) instanceof ObjectNode object ? object : JSON.createObjectNode();
        String sha256 = take(json, "model_sha256").asText();
        Map<String, String> loras = takeHashes(json, "lora_sha256");
        Map<String, String> embeddings = takeHashes(json, "embedding_sha256");
        String version = take(json, "version").asText();
        int image = take(json, "image").asInt();
        Optional<Source> source = takeSource(json);
        json.put("id", "generate");
        GenerationJob recorded = JobCodec.decode(json.toString().getBytes(StandardCharsets.UTF_8));
        if (recorded.seed().isEmpty() || recorded.model().isEmpty()) {
            return new RecordedPicture(recorded, sha256, loras, embeddings, version, source);
        }
        long first = GenerationJob.imageSeed(recorded.seed().getAsLong(), -image);
        return new RecordedPicture(
                recorded.toBuilder().seed(first).build(), sha256, loras, embeddings, version, source);
    }

    /** What a job says of its picture is put where a job has it. */
    private static Optional<Source> takeSource(ObjectNode json) {
        if (!(take(json, "source") instanceof ObjectNode source)) {
            return Optional.empty();
        }
        String image = take(source, "image_sha256").asText();
        JsonNode mask = take(source, "mask_image_sha256");
        json.setAll(source);
        return Optional.of(new Source(image, mask.isMissingNode() ? Optional.empty() : Optional.of(mask.asText())));
    }

    private static Map<String, String> takeHashes(ObjectNode json, String name) {
        Map<String, String> hashes = new TreeMap<>();
        take(json, name)
                .properties()
                .forEach(file -> hashes.put(file.getKey(), file.getValue().asText()));
        return hashes;
    }

    private static JsonNode take(ObjectNode json, String name) {
        JsonNode value = json.path(name);
        json.remove(name);
        return value;
    }

    /** A parser's own words would repeat what is there. */
    private static String reason(Exception e) {
        return e instanceof InvalidJobException invalid
                ? invalid.violations().toString()
                : "its text '" + KEYWORD + "' is no JSON";
    }
}
