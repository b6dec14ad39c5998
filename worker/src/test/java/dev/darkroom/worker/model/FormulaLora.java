package dev.darkroom.worker.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** A LoRA of the golden vectors. Its weights follow from the formula, as those of a {@link FormulaCheckpoint} do. */
public final class FormulaLora {
    private static final String INDEX = "/model/golden/lora.json.gz";

    private final JsonNode lora;

    private FormulaLora(JsonNode lora) {
        this.lora = lora;
    }

    /** The LoRA {@code id} for a model: {@code tiny-sd15/peft}, … */
    public static FormulaLora of(String id) throws IOException {
        return new FormulaLora(index().get(id));
    }

    /** All LoRAs by id; those of two at once have {@code adapters} and {@code weights}. */
    public static JsonNode index() throws IOException {
        try (InputStream in =
                new GZIPInputStream(Objects.requireNonNull(FormulaLora.class.getResourceAsStream(INDEX), INDEX))) {
            return new ObjectMapper().readTree(in);
        }
    }

    /** Writes it, with the scale at which it is to be used. */
    public LoraFile write(Path file, double scale) throws IOException {
        long seed = Long.parseUnsignedLong(lora.get("seed").asText().substring(2), 16);
        List<SafetensorsWriter.Spec> specs = new ArrayList<>();
        Map<String, Float> given = new HashMap<>();
        for (JsonNode tensor : lora.get("tensors")) {
            List<Long> shape = new ArrayList<>();
            tensor.get("shape").forEach(dimension -> shape.add(dimension.asLong()));
            String name = tensor.get("name").asText();
            specs.add(new SafetensorsWriter.Spec(name, DataType.F32, shape));
            if (tensor.has("value")) {
                given.put(name, tensor.get("value").floatValue());
            }
        }
        SafetensorsWriter.write(file, specs, (spec, first, target) -> {
            Optional<Float> alpha = Optional.ofNullable(given.get(spec.name()));
            if (alpha.isPresent()) {
                target.putFloat(alpha.get());
                return;
            }
            FormulaTensor tensor = new FormulaTensor("lora/" + spec.name(), spec.shape(), seed);
            for (long i = first; target.hasRemaining(); i++) {
                target.putFloat(tensor.value(i));
            }
        });
        return new LoraFile(String.valueOf(file.getFileName()), file, Optional.empty(), scale);
    }
}
