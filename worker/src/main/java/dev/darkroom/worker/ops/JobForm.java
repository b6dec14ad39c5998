package dev.darkroom.worker.ops;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.client.Lane;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.job.Violation;
import dev.darkroom.json.JobCodec;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A job as it is filled in on the page. It is read as every job is, from its JSON, so that all that is wrong with it is told
 * by the same rules.
 *
 * @param values by field, as they were typed; a blank one counts as left open
 */
record JobForm(Map<String, String> values) {
    static final String LANE = "lane";

    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,20}(\\.\\d{1,20})?");

    /** What can be filled in. */
    enum Field {
        ID("id", "Id (made up if blank)", Kind.TEXT),
        PROMPT("prompt", "Prompt", Kind.LONG_TEXT),
        NEGATIVE_PROMPT("negative_prompt", "Negative prompt", Kind.LONG_TEXT),
        MODEL("model", "Model", Kind.MODEL),
        WIDTH("width", "Width", Kind.NUMBER),
        HEIGHT("height", "Height", Kind.NUMBER),
        STEPS("num_inference_steps", "Steps", Kind.NUMBER),
        GUIDANCE("guidance_scale", "Guidance scale", Kind.NUMBER),
        SCHEDULER("scheduler", "Scheduler", Kind.TEXT),
        SEED("seed", "Seed", Kind.NUMBER),
        IMAGES("num_images", "Pictures", Kind.NUMBER);

        final String key;
        final String label;
        final Kind kind;

        Field(String key, String label, Kind kind) {
            this.key = key;
            this.label = label;
            this.kind = kind;
        }
    }

    /** What a field takes. */
    enum Kind {
        TEXT,
        LONG_TEXT,
        NUMBER,
        MODEL
    }

    JobForm {
        values = values.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, field -> lines(field.getValue())));
    }

    /** A browser sends a line's end as two characters, and its script as one; a job is the same either way. */
    private static String lines(String text) {
        return text.replace("\r\n", "\n").replace('\r', '\n');
    }

    String value(String key) {
        return values.getOrDefault(key, "");
    }

    /** What a form says: a job for a lane. */
    record Order(GenerationJob job, Lane lane) {}

    /**
     * Reads it.
     *
     * @throws InvalidJobException with all that is wrong with it
     */
    Order read() throws InvalidJobException {
        Optional<Lane> lane = lane();
        List<Violation> wrong = new ArrayList<>();
        if (lane.isEmpty()) {
            wrong.add(new Violation(LANE, "must be high, normal or low"));
        }
        try {
            GenerationJob job = JobCodec.decode(json().toString().getBytes(StandardCharsets.UTF_8));
            if (lane.isPresent()) {
                return new Order(job, lane.get());
            }
        } catch (InvalidJobException e) {
            wrong.addAll(e.violations());
        }
        throw new InvalidJobException(wrong, Optional.empty(), Optional.empty());
    }

    private Optional<Lane> lane() {
        String given = value(LANE).isBlank() ? Lane.NORMAL.label() : value(LANE);
        return Arrays.stream(Lane.values())
                .filter(lane -> lane.label().equals(given))
                .findFirst();
    }

    private ObjectNode json() {
        ObjectNode json = JSON.createObjectNode();
        for (Field field : Field.values()) {
            String text = value(field.key);
            if (field == Field.PROMPT) {
                json.put(field.key, text);
            } else if (text.isBlank()) {
                if (field == Field.ID) {
                    json.put(field.key, UUID.randomUUID().toString());
                }
            } else if (field.kind == Kind.NUMBER && NUMBER.matcher(text.strip()).matches()) {
                json.put(field.key, new BigDecimal(text.strip()));
            } else {
                json.put(field.key, field.kind == Kind.LONG_TEXT ? text : text.strip());
            }
        }
        return json;
    }
}
