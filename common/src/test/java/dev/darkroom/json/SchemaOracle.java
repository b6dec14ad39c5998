package dev.darkroom.json;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import dev.harrel.jsonschema.providers.JacksonNode;
import java.net.URI;

/** What an independent JSON Schema validator makes of a document. */
final class SchemaOracle {
    private final Validator validator;
    private final URI schema;

    SchemaOracle(String schema) {
        JsonMapper mapper = JsonMapper.builder()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();
        this.validator = new ValidatorFactory()
                .withJsonNodeFactory(new JacksonNode.Factory(mapper))
                .createValidator();
        this.schema = validator.registerSchema(schema);
    }

    boolean accepts(String json) {
        return validator.validate(schema, json).isValid();
    }

    boolean accepts(String fragment, String json) {
        return validator.validate(URI.create(schema + "#" + fragment), json).isValid();
    }
}
