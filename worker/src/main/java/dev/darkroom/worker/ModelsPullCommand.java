package dev.darkroom.worker;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.catalogue.CatalogueEntry;
import dev.darkroom.worker.model.catalogue.ModelCatalogue;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "pull",
        mixinStandardHelpOptions = true,
        description = "Fetches models into the cache, and checks those that have a SHA-256. Run again, it goes on.")
final class ModelsPullCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Parameters(paramLabel = "ID", description = "Default: all.")
    private List<String> ids = new ArrayList<>();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Resources resources = new Resources();
        try {
            DownloadDisplay display = new DownloadDisplay(System.out, Clock.systemUTC());
            ModelCatalogue catalogue = ModelSources.catalogue(options.load(), display, resources);
            refuseUnknown(catalogue);
            int failed = 0;
            for (CatalogueEntry entry : catalogue.entries()) {
                if ((ids.isEmpty() || ids.contains(entry.id())) && !pull(catalogue, entry, display)) {
                    failed++;
                }
            }
            return failed == 0 ? 0 : 1;
        } finally {
            resources.close();
        }
    }

    private void refuseUnknown(ModelCatalogue catalogue) {
        for (String id : ids) {
            List<String> known =
                    catalogue.entries().stream().map(CatalogueEntry::id).toList();
            if (!known.contains(id)) {
                throw new ParameterException(
                        spec.commandLine(), "There is no model " + id + "; there are: " + String.join(", ", known));
            }
        }
    }

    /** Says whether it is there now. One that cannot be had does not keep the others. */
    private boolean pull(ModelCatalogue catalogue, CatalogueEntry entry, DownloadDisplay display)
            throws InterruptedException {
        try {
            Path path = catalogue.fetch(entry);
            String sum = catalogue
                    .presence(entry)
                    .sha256()
                    .map(sha256 -> " (SHA-256 " + sha256 + ")")
                    .orElse("");
            display.line(entry.id() + ": " + path + sum);
            return true;
        } catch (ModelException e) {
            display.endBar();
            spec.commandLine().getErr().println(entry.id() + ": " + e.getMessage());
            return false;
        }
    }
}
