package dev.darkroom.json;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of {@code src/test/resources/golden}: what the contract looks like on the wire. */
final class Golden {
    private Golden() {}

    static byte[] bytes(String path) throws IOException {
        return Files.readAllBytes(root().resolve(path));
    }

    static String text(String path) throws IOException {
        return Files.readString(root().resolve(path));
    }

    static List<String> lines(String path) throws IOException {
        return Files.readAllLines(root().resolve(path), StandardCharsets.UTF_8);
    }

    /** The JSON files of a folder, by name without the ending. */
    static List<String> names(String folder) throws IOException {
        try (Stream<Path> files = Files.list(root().resolve(folder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted()
                    .toList();
        }
    }

    private static Path root() {
        try {
            return Path.of(Golden.class.getResource("/golden").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
