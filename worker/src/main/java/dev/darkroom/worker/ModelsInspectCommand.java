package dev.darkroom.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.model.catalogue.Sums;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.checkpoint.SafetensorsSource;
import dev.darkroom.worker.model.safetensors.DataType;
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
        Checkpoint checkpoint = Checkpoint.open(path);
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("family", checkpoint.family().name().toLowerCase(Locale.ROOT));
        report.put("layout", Files.isRegularFile(path) ? "single file" : "diffusers folder");
        report.put(
                "prediction_type",
                String.valueOf(checkpoint.schedulerConfig().getOrDefault("prediction_type", "epsilon")));
        report.put("sha256", Sums.of(path));
        ObjectNode components = report.putObject("components");
        component(components, "text_encoder", checkpoint.textEncoderWeights());
        checkpoint.secondText().ifPresent(second -> component(components, "text_encoder_2", second.weights()));
        component(components, "unet", checkpoint.unetWeights());
        component(components, "vae", checkpoint.vaeWeights());
        if (json) {
            System.out.println(report);
        } else {
            print(report);
        }
        return 0;
    }

    private static void component(ObjectNode components, String name, SafetensorsSource weights) {
        ObjectNode component = components.putObject(name);
        Map<DataType, Long> parameters = weights.parameters();
        component.put(
                "parameters",
                parameters.values().stream().mapToLong(Long::longValue).sum());
        ObjectNode types = component.putObject("types");
        parameters.forEach((type, count) -> types.put(type.name().toLowerCase(Locale.ROOT), count));
    }

    private static void print(ObjectNode report) {
        List<List<String>> rows = new ArrayList<>();
        report.properties().stream()
                .filter(field -> field.getValue().isTextual())
                .forEach(field ->
                        rows.add(List.of(field.getKey(), field.getValue().asText())));
        report.get("components")
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
