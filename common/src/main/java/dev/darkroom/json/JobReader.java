package dev.darkroom.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.IntegerRule;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.job.JobRules;
import dev.darkroom.job.Noise;
import dev.darkroom.job.OutputFormat;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.job.RealRule;
import dev.darkroom.job.Violation;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads one job, token by token, and collects everything that is wrong with it. Values never enter a message, but for
 * numbers and short names.
 */
final class JobReader {
    private static final int MAX_VIOLATIONS = 50;

    private static final Map<String, Field> JOB_FIELDS = Map.ofEntries(
            Map.entry("id", text(JobRules::id, (reader, id) -> reader.id = Optional.of(id))),
            Map.entry("prompt", text(JobRules::prompt, (reader, prompt) -> reader.prompt = prompt)),
            Map.entry("model", textInto(JobRules::model, GenerationJob.Builder::model)),
            Map.entry("loras", (reader, path) -> new LoraListReader(reader).read(path)),
            Map.entry("negative_prompt", textInto(JobRules::prompt, GenerationJob.Builder::negativePrompt)),
            Map.entry(
                    "prompt_syntax",
                    nameInto(PromptSyntax::labelled, "plain or weighted", GenerationJob.Builder::promptSyntax)),
            Map.entry("noise", nameInto(Noise::labelled, "torch-cpu or cuda-philox", GenerationJob.Builder::noise)),
            Map.entry("scheduler", textInto(JobRules::scheduler, GenerationJob.Builder::scheduler)),
            Map.entry("width", integer(JobRules.SIZE, (job, value) -> job.width(value.intValue()))),
            Map.entry("height", integer(JobRules.SIZE, (job, value) -> job.height(value.intValue()))),
            Map.entry(
                    "num_inference_steps",
                    integer(JobRules.STEPS, (job, value) -> job.numInferenceSteps(value.intValue()))),
            Map.entry("seed", integer(JobRules.SEED, GenerationJob.Builder::seed)),
            Map.entry("num_images", integer(JobRules.IMAGES, (job, value) -> job.numImages(value.intValue()))),
            Map.entry("clip_skip", integer(JobRules.CLIP_SKIP, (job, value) -> job.clipSkip(value.intValue()))),
            Map.entry("guidance_scale", real(JobRules.GUIDANCE_SCALE, GenerationJob.Builder::guidanceScale)),
            Map.entry("guidance_rescale", real(JobRules.GUIDANCE_RESCALE, GenerationJob.Builder::guidanceRescale)),
            Map.entry("guidance_start", joined(JobRules.GUIDANCE_START, JoinedFields::guidanceStart)),
            Map.entry("guidance_end", joined(JobRules.GUIDANCE_END, JoinedFields::guidanceEnd)),
            Map.entry("image", JobReader::readImage),
            Map.entry("strength", joined(JobRules.STRENGTH, JoinedFields::strength)),
            Map.entry("mask_image", text(JobRules::objectKey, (reader, key) -> reader.joined.maskImage(key))),
            Map.entry("image_guidance_scale", joined(JobRules.IMAGE_GUIDANCE_SCALE, JoinedFields::imageGuidanceScale)),
            Map.entry("cache_interval", integer(JobRules.CACHE_INTERVAL, (job, n) -> job.cacheInterval(n.intValue()))),
            Map.entry("eta", real(JobRules.ETA, GenerationJob.Builder::eta)),
            Map.entry("output", JobReader::readOutput),
            Map.entry("deadline", JobReader::readDeadline),
            Map.entry("context", JobReader::readContext));

    private static final Map<String, Field> OUTPUT_FIELDS = Map.of(
            "format",
            text(JobReader::formatRule, (reader, label) -> reader.format = Optional.of(label)),
            "quality",
            (reader, path) -> reader.number(path, "a whole number", JobRules.QUALITY::check)
                    .ifPresent(value -> reader.quality = Optional.of(value.intValueExact())));

    private final String text;
    final JsonParser parser;
    final List<Violation> violations = new ArrayList<>();
    final List<Consumer<GenerationJob.Builder>> settings = new ArrayList<>();
    private Optional<String> id = Optional.empty();
    private String prompt = "";
    private Optional<String> context = Optional.empty();
    private Optional<String> format = Optional.empty();
    private Optional<Integer> quality = Optional.empty();
    private final JoinedFields joined = new JoinedFields();

    private JobReader(String text, JsonParser parser) {
        this.text = text;
        this.parser = parser;
    }

    static GenerationJob read(byte @Nullable [] value) throws InvalidJobException {
        try {
            String text = StrictJson.text(value);
            try (JsonParser parser = StrictJson.parser(text)) {
                return new JobReader(text, parser).read();
            }
        } catch (StrictJson.UnreadableException e) {
            throw new InvalidJobException(
                    List.of(new Violation("", String.valueOf(e.getMessage()))), Optional.empty(), Optional.empty());
        } catch (IOException e) {
            throw new IllegalStateException("A text in memory cannot be read", e);
        }
    }

    private GenerationJob read() throws InvalidJobException, IOException {
        try {
            readDocument();
        } catch (JsonProcessingException e) {
            broken("", StrictJson.fault(e));
        }
        if (!violations.isEmpty()) {
            throw new InvalidJobException(violations, id, context);
        }
        GenerationJob.Builder job = GenerationJob.builder(id.orElseThrow(), prompt);
        settings.forEach(setting -> setting.accept(job));
        return job.build();
    }

    private void readDocument() throws IOException {
        JsonToken first = parser.nextToken();
        if (first != JsonToken.START_OBJECT) {
            broken("", "must be a JSON object, is " + (first == null ? "empty" : StrictJson.kind(first)));
            return;
        }
        readObject("", JOB_FIELDS, List.of("id", "prompt"));
        joined.violations().forEach(violation -> broken(violation.field(), violation.message()));
        settings.add(joined::apply);
        if (parser.nextToken() != null) {
            broken("", "must be one JSON object, has more behind it");
        }
    }

    void readObject(String prefix, Map<String, Field> fields, List<String> required) throws IOException {
        Set<String> seen = new HashSet<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            Field field = fields.get(name);
            if (field == null) {
                broken(prefix + plain(name), "unknown field");
                parser.skipChildren();
            } else if (!seen.add(name)) {
                broken(prefix + name, "must not appear twice");
                parser.skipChildren();
            } else {
                field.read(this, prefix + name);
            }
        }
        for (String name : required) {
            if (!seen.contains(name)) {
                broken(prefix + name, "required, is missing");
            }
        }
    }

    private void readImage(String path) throws IOException {
        joined.namesImage();
        text(JobRules::objectKey, (reader, key) -> reader.joined.image(key)).read(this, path);
    }

    private void readOutput(String path) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            wrongKind(path, "an object");
            return;
        }
        readObject(path + "/", OUTPUT_FIELDS, List.of("format"));
        format.ifPresent(label -> {
            OutputFormat output = label.equals(OutputFormat.Kind.PNG.label())
                    ? OutputFormat.PNG
                    : OutputFormat.jpeg(quality.orElse(OutputFormat.DEFAULT_JPEG_QUALITY));
            settings.add(job -> job.output(output));
        });
    }

    private void readDeadline(String path) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            wrongKind(path, "a string");
            return;
        }
        String value = parser.getText();
        Optional<Instant> deadline = Rfc3339.parse(value)
                .filter(instant -> JobRules.deadline(instant).isEmpty());
        if (deadline.isEmpty()) {
            broken(path, "must be an RFC 3339 time such as 2030-01-31T12:00:00Z, is " + JobRules.quoted(value));
            return;
        }
        settings.add(job -> job.deadline(deadline.get()));
    }

    private void readContext(String path) throws IOException {
        String json = StrictJson.raw(text, parser);
        Optional<String> rule = JobRules.context(json);
        if (rule.isPresent()) {
            broken(path, rule.get());
            return;
        }
        context = Optional.of(json);
        settings.add(job -> job.context(json));
    }

    private static Optional<String> formatRule(String label) {
        return Stream.of(OutputFormat.Kind.values())
                        .anyMatch(kind -> kind.label().equals(label))
                ? Optional.empty()
                : Optional.of("must be png or jpeg, is " + JobRules.quoted(label));
    }

    /** A name of which there are a few. */
    private static <T> Field nameInto(
            Function<String, Optional<T>> named, String names, BiConsumer<GenerationJob.Builder, T> setter) {
        return textInto(
                name -> named.apply(name).isPresent()
                        ? Optional.empty()
                        : Optional.of("must be " + names + ", is " + JobRules.quoted(name)),
                (job, name) -> setter.accept(job, named.apply(name).orElseThrow()));
    }

    private static Field textInto(
            Function<String, Optional<String>> rule, BiConsumer<GenerationJob.Builder, String> setter) {
        return text(rule, (reader, value) -> reader.settings.add(job -> setter.accept(job, value)));
    }

    static Field text(Function<String, Optional<String>> rule, BiConsumer<JobReader, String> use) {
        return (reader, path) -> {
            if (reader.parser.currentToken() != JsonToken.VALUE_STRING) {
                reader.wrongKind(path, "a string");
                return;
            }
            String value = reader.parser.getText();
            rule.apply(value).ifPresentOrElse(broken -> reader.broken(path, broken), () -> use.accept(reader, value));
        };
    }

    private static Field integer(IntegerRule rule, BiConsumer<GenerationJob.Builder, Long> setter) {
        return (reader, path) -> reader.number(path, "a whole number", rule::check)
                .map(BigDecimal::longValueExact)
                .ifPresent(value -> reader.settings.add(job -> setter.accept(job, value)));
    }

    private static Field real(RealRule rule, BiConsumer<GenerationJob.Builder, Double> setter) {
        return (reader, path) -> reader.number(path, "a number", rule::check)
                .map(BigDecimal::doubleValue)
                .ifPresent(value -> reader.settings.add(job -> setter.accept(job, value)));
    }

    /** One of those that are checked together when all was read. */
    private static Field joined(RealRule rule, BiConsumer<JoinedFields, Double> use) {
        return fraction(rule, (reader, value) -> use.accept(reader.joined, value));
    }

    /** A number that is used when what belongs to it was read too. */
    static Field fraction(RealRule rule, BiConsumer<JobReader, Double> use) {
        return (reader, path) -> reader.number(path, "a number", rule::check)
                .ifPresent(value -> use.accept(reader, value.doubleValue()));
    }

    private Optional<BigDecimal> number(String path, String kind, Function<BigDecimal, Optional<String>> rule)
            throws IOException {
        if (!parser.currentToken().isNumeric()) {
            wrongKind(path, kind);
            return Optional.empty();
        }
        BigDecimal value;
        try {
            value = new BigDecimal(parser.getText());
        } catch (NumberFormatException e) {
            broken(path, "must be " + kind + " within its range, is out of any");
            return Optional.empty();
        }
        Optional<String> violated = rule.apply(value);
        violated.ifPresent(message -> broken(path, message));
        return violated.isPresent() ? Optional.empty() : Optional.of(value);
    }

    void wrongKind(String path, String wanted) throws IOException {
        broken(path, "must be " + wanted + ", is " + StrictJson.kind(parser.currentToken()));
        parser.skipChildren();
    }

    void broken(String path, String message) {
        if (violations.size() < MAX_VIOLATIONS) {
            violations.add(new Violation(path, message));
        } else if (violations.size() == MAX_VIOLATIONS) {
            violations.add(new Violation("", "and more"));
        }
    }

    /** A name from outside as part of a path: as it is if that is harmless. */
    private static String plain(String name) {
        return JobRules.quoted(name).equals("'" + name + "'") ? name : JobRules.quoted(name);
    }

    /** Reads the value that the parser stands on. */
    @FunctionalInterface
    interface Field {
        void read(JobReader reader, String path) throws IOException;
    }
}
