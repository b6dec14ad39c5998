package dev.darkroom.worker;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.model.catalogue.CatalogueEntry;
import dev.darkroom.worker.model.catalogue.ModelCatalogue;
import dev.darkroom.worker.model.catalogue.Presence;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Prints id, kind, source, family, SHA-256, place and size of every model. Asks no server.")
final class ModelsListCommand implements Callable<Integer> {
    private static final List<String> HEADING = List.of("ID", "KIND", "SOURCE", "FAMILY", "SHA-256", "PLACE", "SIZE");

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--json", description = "A JSON array instead of a table.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Resources resources = new Resources();
        try {
            ModelCatalogue catalogue = ModelSources.catalogue(options.load(), (file, done, total) -> {}, resources);
            if (json) {
                ArrayNode models = JsonNodeFactory.instance.arrayNode();
                catalogue.entries().forEach(entry -> models.add(object(entry, catalogue.presence(entry))));
                System.out.println(models);
            } else {
                List<List<String>> rows = new ArrayList<>(List.of(HEADING));
                catalogue.entries().forEach(entry -> rows.add(row(entry, catalogue.presence(entry))));
                TextTable.print(rows, System.out);
            }
        } finally {
            resources.close();
        }
        return 0;
    }

    private static List<String> row(CatalogueEntry entry, Presence presence) {
        return List.of(
                entry.id(),
                kind(entry),
                entry.origin().source().shown(),
                family(entry).orElse("-"),
                pinned(entry).map(sum -> sum.substring(0, 12)).orElse("unpinned"),
                place(presence),
                presence.size().isPresent() ? megabytes(presence.size().getAsLong()) : "-");
    }

    private static ObjectNode object(CatalogueEntry entry, Presence presence) {
        ObjectNode model = JsonNodeFactory.instance.objectNode();
        model.put("id", entry.id())
                .put("kind", kind(entry))
                .put("source", entry.origin().source().shown());
        entry.vae().ifPresent(vae -> model.put("vae", vae.source().shown()));
        family(entry).ifPresent(family -> model.put("family", family));
        pinned(entry).ifPresent(sum -> model.put("sha256", sum));
        model.put("pinned", pinned(entry).isPresent()).put("place", place(presence));
        presence.size().ifPresent(size -> model.put("bytes", size));
        return model;
    }

    private static Optional<String> family(CatalogueEntry entry) {
        return entry.family().map(family -> family.name().toLowerCase(Locale.ROOT));
    }

    private static String kind(CatalogueEntry entry) {
        return entry.kind().name().toLowerCase(Locale.ROOT);
    }

    private static Optional<String> pinned(CatalogueEntry entry) {
        return entry.origin().sha256();
    }

    private static String place(Presence presence) {
        return presence.state().name().toLowerCase(Locale.ROOT);
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
