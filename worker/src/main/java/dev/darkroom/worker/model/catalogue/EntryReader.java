package dev.darkroom.worker.model.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.job.IntegerRule;
import dev.darkroom.job.JobRules;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.PredictionType;
import dev.darkroom.worker.model.catalogue.CatalogueEntry.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Reads one model of a catalogue and notes all that is wrong with it. Used once. */
final class EntryReader {
    private static final Set<String> KEYS =
            Set.of("id", "kind", "source", "sha256", "family", "prediction-type", "vae", "precision", "defaults");

    private static final Set<String> LORA = Set.of("id", "kind", "source", "sha256", "family");
    private static final Set<String> EMBEDDING = Set.of("id", "kind", "source", "sha256", "family", "token");
    private static final Set<String> DEFAULTS =
            Set.of("scheduler", "steps", "guidance-scale", "width", "height", "size");

    private final JsonNode node;
    private final Path folder;
    private final List<String> problems = new ArrayList<>();
    private Optional<String> id = Optional.empty();

    EntryReader(JsonNode node, Path folder) {
        this.node = node;
        this.folder = folder;
    }

    /** What is wrong, once it was read. */
    List<String> problems() {
        return problems;
    }

    /** The id, where there is a valid one. */
    Optional<String> id() {
        return id;
    }

    /** For messages: empty, or the id in parentheses. */
    String shownId() {
        return id.map(text -> " (" + JobRules.quoted(text) + ")").orElse("");
    }

    /** The entry, if nothing is wrong with it. */
    Optional<CatalogueEntry> read() {
        if (!node.isObject()) {
            problems.add("must be keys and values, id and source at least");
            return Optional.empty();
        }
        Kind kind = choice("kind", Kind.values()).orElse(Kind.MODEL);
        refuseUnknown(node, "", kind == Kind.MODEL ? KEYS : kind == Kind.LORA ? LORA : EMBEDDING);
        id = text(node, "", "id").filter(text -> holds("id", JobRules.model(text)));
        require("id");
        Optional<Origin> origin = origin(node, "");
        require("source");
        Optional<ModelFamily> family = choice("family", ModelFamily.values());
        if (kind != Kind.MODEL) {
            return other(kind, origin, family);
        }
        Optional<Precision> precision = choice("precision", Precision.values());
        Optional<PredictionType> predictionType = text(node, "", "prediction-type")
                .flatMap(text -> known(
                        "prediction-type", PredictionType.of(text), List.of("epsilon", "v_prediction", "sample")));
        Optional<Origin> vae = vae();
        ModelDefaults defaults = defaults();
        if (!problems.isEmpty() || id.isEmpty() || origin.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new CatalogueEntry(id.get(), origin.get(), vae, family, predictionType, precision, defaults));
    }

    /** A file, whatever it is for. */
    private Optional<CatalogueEntry> other(Kind kind, Optional<Origin> origin, Optional<ModelFamily> family) {
        if (origin.isPresent() && origin.get().source() instanceof Source.Remote remote && remote.isFolder()) {
            problems.add("source: must be a .safetensors file");
        }
        Optional<String> token = kind == Kind.EMBEDDING ? text(node, "", "token") : Optional.empty();
        token.flatMap(JobRules::model).ifPresent(rule -> problems.add("token: " + rule));
        return problems.isEmpty() && id.isPresent()
                ? origin.map(from -> CatalogueEntry.of(kind, id.get(), from, family, token))
                : Optional.empty();
    }

    private void require(String key) {
        if (!node.hasNonNull(key)) {
            problems.add(key + ": is missing");
        }
    }

    private Optional<Origin> vae() {
        JsonNode vae = node.path("vae");
        if (!vae.isObject()) {
            return text(node, "", "vae").flatMap(text -> origin("vae", text, Optional.empty()));
        }
        refuseUnknown(vae, "vae.", Set.of("source", "sha256"));
        if (!vae.hasNonNull("source")) {
            problems.add("vae.source: is missing");
        }
        return origin(vae, "vae.");
    }

    private Optional<Origin> origin(JsonNode section, String prefix) {
        Optional<String> sum = text(section, prefix, "sha256").map(text -> text.toLowerCase(Locale.ROOT));
        return text(section, prefix, "source").flatMap(text -> origin(prefix + "source", text, sum));
    }

    private Optional<Origin> origin(String key, String text, Optional<String> sha256) {
        Source source;
        try {
            source = Source.parse(text, folder);
        } catch (IllegalArgumentException e) {
            problems.add(key + ": " + e.getMessage());
            return Optional.empty();
        }
        try {
            return Optional.of(new Origin(source, sha256));
        } catch (IllegalArgumentException e) {
            problems.add(key.replace("source", "sha256") + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private ModelDefaults defaults() {
        JsonNode section = node.path("defaults");
        if (section.isMissingNode() || section.isNull()) {
            return ModelDefaults.NONE;
        }
        if (!section.isObject()) {
            problems.add("defaults: must be keys and values");
            return ModelDefaults.NONE;
        }
        String prefix = "defaults.";
        refuseUnknown(section, prefix, DEFAULTS);
        Optional<Integer> size = integer(section, prefix, "size", JobRules.SIZE);
        if (size.isPresent() && (section.has("width") || section.has("height"))) {
            problems.add("defaults.size: is width and height in one; give it, or the two");
        }
        return new ModelDefaults(
                text(section, prefix, "scheduler")
                        .filter(text -> holds("defaults.scheduler", JobRules.scheduler(text))),
                integer(section, prefix, "steps", JobRules.STEPS),
                guidance(section, prefix),
                integer(section, prefix, "width", JobRules.SIZE).or(() -> size),
                integer(section, prefix, "height", JobRules.SIZE).or(() -> size));
    }

    private Optional<Integer> integer(JsonNode section, String prefix, String key, IntegerRule rule) {
        JsonNode value = section.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.canConvertToExactIntegral() || !value.canConvertToLong()) {
            problems.add(prefix + key + ": must be a whole number");
            return Optional.empty();
        }
        boolean fits = holds(prefix + key, rule.check(value.longValue()));
        return fits ? Optional.of(value.intValue()) : Optional.empty();
    }

    private Optional<Double> guidance(JsonNode section, String prefix) {
        JsonNode value = section.path("guidance-scale");
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            problems.add(prefix + "guidance-scale: must be a number");
            return Optional.empty();
        }
        double number = value.doubleValue();
        boolean fits = holds(prefix + "guidance-scale", JobRules.GUIDANCE_SCALE.check(number));
        return fits ? Optional.of(number) : Optional.empty();
    }

    private <E extends Enum<E>> Optional<E> choice(String key, E[] constants) {
        TreeMap<String, E> names = new TreeMap<>();
        for (E constant : constants) {
            names.put(constant.name().toLowerCase(Locale.ROOT), constant);
        }
        Function<String, Optional<E>> find = text -> Optional.ofNullable(names.get(text));
        return text(node, "", key).flatMap(text -> known(key, find.apply(text), List.copyOf(names.keySet())));
    }

    private <T> Optional<T> known(String key, Optional<T> found, List<String> names) {
        if (found.isEmpty()) {
            problems.add(key + ": must be one of " + String.join(", ", names));
        }
        return found;
    }

    /** A text; an id such as 007 would not survive being a number. */
    private Optional<String> text(JsonNode section, String prefix, String key) {
        JsonNode value = section.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            problems.add(prefix + key + ": must be a text" + (value.isNumber() ? ", in quotes" : ""));
            return Optional.empty();
        }
        return Optional.of(value.textValue());
    }

    private boolean holds(String key, Optional<String> broken) {
        broken.ifPresent(rule -> problems.add(key + ": " + rule));
        return broken.isEmpty();
    }

    private void refuseUnknown(JsonNode section, String prefix, Set<String> known) {
        section.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                problems.add(prefix + JobRules.quoted(name) + ": is not a key; there are "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        });
    }
}
