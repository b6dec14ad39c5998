package dev.darkroom.helm;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The chart of this repository, rendered by Helm itself. */
final class Chart {
    static final Path FOLDER = Path.of("darkroom");
    /** Helm's library takes a cluster of 1.20 for granted. */
    private static final String KUBERNETES = "1.34.0";

    private Chart() {}

    /**
     * Renders the chart as {@code helm template pictures} does.
     *
     * @param values YAML over the chart's own values
     * @throws IllegalStateException with Helm's words, when it refuses the values
     */
    static Manifests render(String values) {
        try {
            Path file = Files.createTempFile("values", ".yaml");
            try {
                Files.writeString(file, values);
                return Manifests.parse(new Helm(FOLDER)
                        .template()
                        .withName("pictures")
                        .withNamespace("studio")
                        .withKubeVersion(KUBERNETES)
                        .withValuesFile(file)
                        .call());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code helm lint --strict} has to say; nothing, where all is well. */
    static List<String> complaints() {
        var result = new Helm(FOLDER).lint().strict().call();
        return result.isFailed() ? result.getMessages() : List.of();
    }
}
