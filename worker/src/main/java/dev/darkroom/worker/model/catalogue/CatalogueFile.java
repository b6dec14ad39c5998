package dev.darkroom.worker.model.catalogue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** A catalogue in YAML: a list of models, and of what changes them. Everything that is wrong with it is reported together. */
public final class CatalogueFile {
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_NESTING = 8;
    private static final int MAX_ENTRIES = 10_000;
    private static final int MAX_SHOWN = 50;

    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build())
            .build());

    private CatalogueFile() {}

    /** Whether a path is called like a catalogue. */
    public static boolean isNamedLikeOne(Path path) {
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        return name.endsWith(".yaml") || name.endsWith(".yml");
    }

    /**
     * Reads a file of at most 1 MiB. Relative paths in it are relative to its folder; nothing that it names is looked at.
     *
     * @return by id
     * @throws ModelException naming everything that is wrong, each with its entry and key
     */
    public static List<CatalogueEntry> read(Path file) throws ModelException {
        JsonNode root = tree(file);
        if (!root.isArray() || root.size() > MAX_ENTRIES) {
            throw new ModelException("The catalogue " + file + " must be a list of models, at most " + MAX_ENTRIES
                    + ": - id: …, source: …");
        }
        Path absolute = file.toAbsolutePath().normalize();
        Path folder = Optional.ofNullable(absolute.getParent()).orElse(absolute);
        List<String> problems = new ArrayList<>();
        List<CatalogueEntry> entries = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < root.size(); i++) {
            EntryReader reader = new EntryReader(root.get(i), folder);
            Optional<CatalogueEntry> entry = reader.read();
            String name = "model " + (i + 1) + reader.shownId();
            reader.problems().forEach(problem -> problems.add(name + ": " + problem));
            entry.ifPresent(entries::add);
            if (reader.id().isPresent() && !ids.add(reader.id().get())) {
                problems.add(name + ": id: there is another model of that id");
            }
        }
        if (problems.isEmpty() && entries.stream().noneMatch(entry -> entry.kind() == CatalogueEntry.Kind.MODEL)) {
            problems.add("there is no model in it");
        }
        refuse(file, problems);
        entries.sort(Comparator.comparing(CatalogueEntry::id));
        return List.copyOf(entries);
    }

    private static void refuse(Path file, List<String> problems) throws ModelException {
        if (problems.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder("The catalogue " + file + " has "
                + (problems.size() == 1 ? "a problem:" : problems.size() + " problems:"));
        problems.stream()
                .limit(MAX_SHOWN)
                .forEach(problem -> text.append("\n  ").append(problem));
        if (problems.size() > MAX_SHOWN) {
            text.append("\n  and ").append(problems.size() - MAX_SHOWN).append(" more");
        }
        throw new ModelException(text.toString());
    }

    private static JsonNode tree(Path file) throws ModelException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] yaml = in.readNBytes(MAX_BYTES + 1);
            if (yaml.length > MAX_BYTES) {
                throw new ModelException("The catalogue " + file + " is larger than " + MAX_BYTES + " bytes");
            }
            refuseAliases(file, yaml);
            return YAML.readTree(yaml);
        } catch (NoSuchFileException e) {
            throw new ModelException("The catalogue " + file + " (setting models) does not exist", e);
        } catch (JsonProcessingException e) {
            // Neither the parser's words nor its exception: they quote the file, which may hold a key.
            String line =
                    e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            throw new ModelException("The catalogue " + file + " is not YAML" + line
                    + " (or gives a key twice, or is nested deeper than " + MAX_NESTING + ")");
        } catch (IOException e) {
            throw new ModelException("The catalogue " + file + " (setting models) cannot be read: " + e, e);
        }
    }

    /** The parser would give the name of an alias for its value, without a word. */
    private static void refuseAliases(Path file, byte[] yaml) throws IOException, ModelException {
        try (YAMLParser parser = (YAMLParser) YAML.getFactory().createParser(yaml)) {
            while (parser.nextToken() != null) {
                if (parser.isCurrentAlias()) {
                    throw new ModelException("The catalogue " + file + " has an alias (*name) at line "
                            + parser.currentLocation().getLineNr() + ": write the value out");
                }
            }
        }
    }
}
