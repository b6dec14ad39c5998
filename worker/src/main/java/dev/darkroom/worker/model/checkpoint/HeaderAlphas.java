package dev.darkroom.worker.model.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The alphas of a LoRA that PEFT trained and diffusers saved: such a file has no tensor for them, but PEFT's configuration of
 * each network as a text in its header. Immutable.
 */
final class HeaderAlphas {
    private static final JsonMapper JSON = new JsonMapper();

    /** PEFT takes a key for a regular expression. One from outside could run for ever, and none but paths are written. */
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_.]+");

    private final JsonNode config;

    private HeaderAlphas(JsonNode config) {
        this.config = config;
    }

    /**
     * Reads the text; empty for a file without.
     *
     * @throws UnsupportedModelException when it is no JSON object
     */
    static Optional<HeaderAlphas> read(SafetensorsFile file) throws UnsupportedModelException {
        String text = file.metadata().getOrDefault(SafetensorsFile.LORA_CONFIG, "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            JsonNode config = JSON.readTree(text);
            if (config.isObject()) {
                return Optional.of(new HeaderAlphas(config));
            }
        } catch (JsonProcessingException e) { // its words would repeat the text
            throw unsupported(file.path().toString(), "is no JSON");
        }
        throw unsupported(file.path().toString(), "is no JSON object");
    }

    /**
     * What a product of matrices is multiplied by: alpha / rank, or alpha / sqrt(rank) where the configuration says {@code
     * use_rslora} (Kalajdzievski 2023, arXiv:2312.03732); 1 for a network of which it says nothing.
     *
     * @param component the network, by diffusers' name
     * @param module as the file names it
     * @throws UnsupportedModelException when an alpha is no number, or is for modules that only PEFT could find
     */
    double factor(String component, String module, long rank) throws UnsupportedModelException {
        JsonNode alpha = config.path(component + ".lora_alpha");
        for (Map.Entry<String, JsonNode> pattern :
                config.path(component + ".alpha_pattern").properties()) {
            if (!PATH.matcher(pattern.getKey()).matches()) {
                throw unsupported(
                        component,
                        "has an alpha for modules that it names by a regular expression: "
                                + ConfigFile.abbreviated(pattern.getKey()));
            }
            if (("." + module).endsWith("." + pattern.getKey())) {
                alpha = pattern.getValue();
                break;
            }
        }
        if (alpha.isMissingNode()) {
            return 1;
        }
        if (!alpha.isNumber() || !Double.isFinite(alpha.doubleValue())) {
            throw unsupported(component, "has an alpha that is not one finite number");
        }
        boolean stable = config.path(component + ".use_rslora").asBoolean(false);
        return alpha.doubleValue() / (stable ? Math.sqrt((double) rank) : (double) rank);
    }

    private static UnsupportedModelException unsupported(String of, String what) {
        return new UnsupportedModelException(
                "The text " + SafetensorsFile.LORA_CONFIG + " in the header, for " + of + ", " + what);
    }
}
