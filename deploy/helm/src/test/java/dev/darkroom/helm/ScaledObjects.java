package dev.darkroom.helm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/** KEDA's kind, of which there are no Java classes: checked by a schema of the fields that KEDA 2.17 and newer have. */
final class ScaledObjects {
    static final String KIND = "keda.sh/v1alpha1/ScaledObject";

    private ScaledObjects() {}

    /** What is wrong with a document; empty text where nothing is. */
    static String complaint(JsonNode document) {
        try (InputStream schema = ScaledObjects.class.getResourceAsStream("scaledobject.schema.json")) {
            Validator.Result result = new ValidatorFactory()
                    .validate(new String(schema.readAllBytes(), StandardCharsets.UTF_8), document.toString());
            return result.getErrors().stream()
                    .map(error -> error.getInstanceLocation() + ": " + error.getError())
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
