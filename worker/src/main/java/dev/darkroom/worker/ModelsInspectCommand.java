package dev.darkroom.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.model.catalogue.Sums;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.checkpoint.CheckpointSummary;
import dev.darkroom.worker.model.checkpoint.FileKind;
import dev.darkroom.worker.model.checkpoint.LoraSummary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description =
                "Says what a checkpoint is, or why it cannot be run. Reads headers, and all of it for its SHA-256.")
final class ModelsInspectCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE_OR_DIR", description = "A .safetensors file, or a diffusers folder.")
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before the command runs
    private Path path;

    @Option(names = "--json", description = "One JSON object instead of lines.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        if (Files.isRegularFile(path) && FileKind.of(path) == FileKind.LORA) {
            report(lora());
        } else {
            report(checkpoint());
        }
        return 0;
    }

    private ObjectNode lora() throws Exception {
        LoraSummary lora = LoraSummary.of(path);
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("kind", "lora");
        String ranks = lora.ranks().first()
                + (lora.ranks().size() > 1 ? " to " + lora.ranks().last() : "");
        report.put("rank", ranks);
        report.put("sha256", Sums.of(path));
        ObjectNode modules = report.putObject("modules");
        lora.modules().forEach(modules::put);
        ObjectNode types = report.putObject("types");
        lora.numbers().forEach((type, numbers) -> types.put(name(type), numbers));
        return report;
    }

    private ObjectNode checkpoint() throws Exception {
        CheckpointSummary checkpoint = Checkpoint.open(path).summary();
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("family", name(checkpoint.family()));
        report.put("layout", name(checkpoint.layout()));
        report.put("input", name(checkpoint.input()));
        report.put("prediction_type", checkpoint.predictionType().label());
        report.put("sha256", Sums.of(path));
        ObjectNode components = report.putObject("components");
        checkpoint.components().forEach(component -> add(components, component));
        return report;
    }

    private void report(ObjectNode report) {
        if (json) {
            System.out.println(report);
        } else {
            print(report);
        }
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static void add(ObjectNode components, CheckpointSummary.Component component) {
        ObjectNode object = components.putObject(component.name()).put("parameters", component.parameters());
        ObjectNode types = object.putObject("types");
        component.bytes().forEach((type, bytes) -> types.put(name(type), bytes / type.bytes()));
    }

    private static void print(ObjectNode report) {
        List<List<String>> rows = new ArrayList<>();
        report.properties().stream()
                .filter(field -> field.getValue().isTextual())
                .forEach(field ->
                        rows.add(List.of(field.getKey(), field.getValue().asText())));
        report.path("modules")
                .properties()
                .forEach(module -> rows.add(List.of(module.getKey(), module.getValue() + " weights changed")));
        report.path("components")
                .properties()
                .forEach(component -> rows.add(List.of(component.getKey(), line(component.getValue()))));
        TextTable.print(rows, System.out);
    }

    private static String line(JsonNode component) {
        Set<Map.Entry<String, JsonNode>> types = component.get("types").properties();
        return component.get("parameters") + " parameters, "
                + types.stream()
                        .map(type -> types.size() == 1 ? type.getKey() : type.getValue() + " " + type.getKey())
                        .collect(Collectors.joining(", "));
    }
}
