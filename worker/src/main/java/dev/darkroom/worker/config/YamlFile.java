package dev.darkroom.worker.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A YAML file as one flat map: sections become dotted keys, scalars become text. */
final class YamlFile {
    private static final long MAX_BYTES = 1 << 20;
    private static final ObjectMapper MAPPER = new ObjectMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private YamlFile() {}

    /** A file that is no map of settings; the reason never quotes the file, which may hold keys. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String reason;

        UnreadableException(String reason) {
            super(reason);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    static Map<String, String> read(Path file) throws UnreadableException {
        JsonNode root;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new UnreadableException("is larger than " + MAX_BYTES + " bytes");
            }
            root = MAPPER.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new UnreadableException("does not exist");
        } catch (JsonProcessingException e) {
            throw new UnreadableException("is not YAML"
                    + (e.getLocation() == null
                            ? ""
                            : " at line " + e.getLocation().getLineNr()));
        } catch (IOException e) {
            throw new UnreadableException("cannot be read: " + e.getClass().getSimpleName());
        }
        Map<String, String> flat = new TreeMap<>();
        if (root.isMissingNode() || root.isNull()) {
            return flat;
        }
        if (!root.isObject()) {
            throw new UnreadableException("must hold keys and values");
        }
        flatten("", root, flat);
        return flat;
    }

    private static void flatten(String prefix, JsonNode section, Map<String, String> flat) throws UnreadableException {
        for (Map.Entry<String, JsonNode> field : section.properties()) {
            String key = prefix + field.getKey();
            JsonNode value = field.getValue();
            if (value.isObject()) {
                flatten(key + ".", value, flat);
            } else if (value.isArray()) {
                throw new UnreadableException("holds a list at " + key + ", where one value is expected");
            } else if (!value.isNull() && flat.put(key, value.asText()) != null) {
                throw new UnreadableException("gives " + key + " twice");
            }
        }
    }
}
