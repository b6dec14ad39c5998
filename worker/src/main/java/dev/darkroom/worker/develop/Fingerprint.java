package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.AppliedLora;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells generations apart that would not come to the same numbers: by what is asked for, the model's weights and
 * precision, the settings of the scheduler, the encoded texts, and what pictures were made of a given one. These stand for
 * the encoders and tokenizers, and for the machine: where it computes otherwise, they differ.
 */
final class Fingerprint {
    private static final int MOST_FLOATS = 1 << 12;

    /** How LoRAs are merged: before, those of more than 128 ranks in sum came to other weights. */
    private static final String MERGED = "in products of 128 ranks";

    private final MessageDigest digest = sha256();

    private Fingerprint() {}

    /**
     * SHA-256, 32 bytes. Waits for the hash of the model's weights, if that is not known yet.
     *
     * @param origin what else the numbers depend on, as the caller knows it
     */
    static byte[] of(Generation generation, String origin) {
        DevelopRequest request = generation.request();
        Fingerprint fingerprint = new Fingerprint();
        fingerprint.add(origin);
        fingerprint.add(request.model().sha256());
        for (AppliedLora lora : request.model().loras()) {
            fingerprint.add(lora.sha256() + " " + lora.scale());
        }
        if (!request.model().loras().isEmpty()) {
            fingerprint.add(MERGED);
        }
        fingerprint.add(request.model().description().precision().name());
        fingerprint.add(request.scheduler());
        for (Map.Entry<String, Object> setting : new TreeMap<>(request.schedulerConfig()).entrySet()) {
            fingerprint.add(setting.getKey());
            fingerprint.add(setting.getValue().toString());
        }
        fingerprint.add(numbers(request));
        Conditioning conditioning = generation.conditioning();
        fingerprint.add(conditioning.prompt());
        conditioning.negative().ifPresent(fingerprint::add);
        if (request.beginning().given().isPresent()) {
            fingerprint.addBeginning(generation);
        }
        return fingerprint.digest.digest();
    }

    private static String numbers(DevelopRequest request) {
        return List.of(
                        request.width(),
                        request.height(),
                        request.numInferenceSteps(),
                        request.guidanceScale(),
                        request.seed(),
                        request.noise(),
                        request.promptSyntax(),
                        request.numImages(),
                        request.clipSkip(),
                        request.guidanceRescale(),
                        request.eta(),
                        request.guidanceInterval(),
                        request.cacheInterval())
                .toString();
    }

    /** Of a picture that was given: what was made of it, and what of the job says how. */
    private void addBeginning(Generation generation) {
        Beginning beginning = generation.request().beginning();
        add(beginning.getClass().getSimpleName());
        add(Double.toString(beginning.share()));
        if (beginning instanceof Beginning.Edited edited) {
            add(Double.toString(edited.imageGuidanceScale()));
        }
        for (LatentImage image : generation.images()) {
            add(image.first());
            if (image.companion() instanceof Companion.Original original) {
                add(original.mask());
                add(original.latents());
                add(original.noise());
            } else if (image.companion() instanceof Companion.Channels channels) {
                add(channels.values());
            }
        }
    }

    /** With its length, so that two texts are not one. */
    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
    }

    private void add(Conditioning.Text text) {
        add(text.context());
        text.pooled().ifPresent(this::add);
    }

    private void add(float[] values) {
        ByteBuffer buffer = ByteBuffer.allocate(MOST_FLOATS * Float.BYTES);
        for (int from = 0; from < values.length; from += MOST_FLOATS) {
            float[] part = Arrays.copyOfRange(values, from, Math.min(values.length, from + MOST_FLOATS));
            buffer.clear().asFloatBuffer().put(part);
            digest.update(buffer.limit(part.length * Float.BYTES));
        }
    }

    /** A digest of its own for each user. */
    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256", e);
        }
    }
}
