package dev.darkroom.worker;

import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.job.JobRules;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.model.AppliedEmbedding;
import dev.darkroom.worker.model.AppliedLora;
import dev.darkroom.worker.model.LoadedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

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
        Optional<Source> source)
        implements MadePicture {
    /**
     * The files that it takes to make it again.
     *
     * @param imageSha256 in hex
     * @param maskSha256 in hex
     */
    record Source(String imageSha256, Optional<String> maskSha256) {}

    static final String KEYWORD = "darkroom";

    private static final JsonMapper JSON = new JsonMapper();

    /** @throws IOException when the text of that keyword does not say how it was made */
    static RecordedPicture of(String text) throws IOException {
        try {
            return decoded(text);
        } catch (JsonProcessingException | InvalidJobException e) {
            throw new IOException("it does not say how it was made: " + reason(e), e);
        }
    }

    /** Its own job, picture to begin with and all. */
    @Override
    public GenerationJob job(Optional<GivenImage> named) {
        return job;
    }

    /** The file says which weights made it; others would make another picture under its name. */
    @Override
    public void check(Weights weights, Consumer<String> tell) {
        LoadedModel loaded = weights.loaded();
        if (!modelSha256.equals(loaded.sha256())) {
            throw new IllegalArgumentException("The picture was made by the model "
                    + job.model().orElse("without a name") + " with the SHA-256 " + JobRules.quoted(modelSha256)
                    + ", but "
                    + weights.checkpoint() + " has " + loaded.sha256());
        }
        checkFiles("LoRA", loraSha256, loaded.loras().stream().collect(toMap(AppliedLora::id, AppliedLora::sha256)));
        checkFiles(
                "embedding",
                embeddingSha256,
                loaded.embeddings().stream().collect(toMap(AppliedEmbedding::word, AppliedEmbedding::sha256)));
    }

    private static void checkFiles(String kind, Map<String, String> recorded, Map<String, String> loaded) {
        recorded.forEach((name, sha256) -> {
            String actual = loaded.getOrDefault(name, "none");
            if (!actual.equals(sha256)) {
                throw new IllegalArgumentException("The picture was made with the " + kind + " " + JobRules.quoted(name)
                        + " with the SHA-256 " + JobRules.quoted(sha256) + ", but it is " + actual);
            }
        });
    }

    private static RecordedPicture decoded(String text) throws JsonProcessingException, InvalidJobException {
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
