package dev.darkroom.worker.model.catalogue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.job.JobRules;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.checkpoint.WeightFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which files of a diffusers folder a loader reads, found out by asking for one after the other: no server is asked for a
 * listing, and what else lies there, pickles and other precisions above all, is left where it is.
 */
final class DiffusersFiles {
    /** The most that a file may have that is no weights. */
    static final long MAX_SMALL = 16L << 20;

    private static final int MAX_NESTING = 16;
    private static final int MAX_SHARDS = 1000;
    private static final ObjectMapper JSON = new JsonMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build())
            .build());

    private static final String CONFIG = "config.json";
    private static final String TRANSFORMERS_WEIGHTS = "model.safetensors";
    private static final String DIFFUSERS_WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final List<String> TEXT_ENCODERS = List.of("text_encoder", "text_encoder_2");
    private static final List<String> TOKENIZERS = List.of("tokenizer", "tokenizer_2");

    /** What a folder holds. */
    enum Kind {
        /** A pipeline, with {@code model_index.json}. */
        MODEL,
        /** A VAE alone, with its {@code config.json}. */
        VAE
    }

    /** The files of a folder, wherever it is. */
    interface Folder {
        /**
         * A file, brought onto this machine if need be.
         *
         * @param most bytes that it may have
         * @return empty when there is none of that name
         */
        Optional<Path> file(String name, long most) throws ModelException, IOException, InterruptedException;
    }

    private final String shown;
    private final Folder folder;

    private DiffusersFiles(String shown, Folder folder) {
        this.shown = shown;
        this.folder = folder;
    }

    /**
     * Asks {@code folder} for every file that a loader reads.
     *
     * @param shown the folder, for messages
     * @throws ModelException when one is absent or broken that must be there, or names a file that is not its own
     */
    static void visit(Kind kind, String shown, Folder folder) throws ModelException, IOException, InterruptedException {
        DiffusersFiles files = new DiffusersFiles(shown, folder);
        switch (kind) {
            case MODEL -> files.model();
            case VAE -> files.network("", DIFFUSERS_WEIGHTS);
        }
    }

    /** The files that a loader reads of a folder on this machine; links are followed. */
    static List<String> names(Kind kind, Path path) throws ModelException, IOException, InterruptedException {
        List<String> names = new ArrayList<>();
        visit(kind, path.toString(), (name, most) -> {
            Path file = path.resolve(name);
            if (!Files.isRegularFile(file)) {
                return Optional.empty();
            }
            names.add(name);
            return Optional.of(file);
        });
        return names;
    }

    private void model() throws ModelException, IOException, InterruptedException {
        JsonNode index = json(ModelFolder.INDEX, require(ModelFolder.INDEX));
        if (!isListed(index, "unet")) {
            throw new UnsupportedModelException(
                    shown + " holds no Stable Diffusion 1.x, 2.x or XL: its " + ModelFolder.INDEX + " lists no unet");
        }
        require("scheduler/scheduler_config.json");
        for (String tokenizer : TOKENIZERS) {
            if (isListed(index, tokenizer)) {
                folder.file(tokenizer + "/vocab.json", MAX_SMALL);
                folder.file(tokenizer + "/merges.txt", MAX_SMALL);
                folder.file(tokenizer + "/tokenizer_config.json", MAX_SMALL);
                folder.file(tokenizer + "/special_tokens_map.json", MAX_SMALL);
            }
        }
        for (String encoder : TEXT_ENCODERS) {
            if (isListed(index, encoder)) {
                network(encoder + "/", TRANSFORMERS_WEIGHTS);
            }
        }
        network("unet/", DIFFUSERS_WEIGHTS);
        if (isListed(index, "vae")) { // else the catalogue gives one, or loading says that there is none
            network("vae/", DIFFUSERS_WEIGHTS);
        }
    }

    /** A component is listed as a pair of library and class; one that is absent on purpose as a pair of nulls. */
    private static boolean isListed(JsonNode index, String component) {
        JsonNode pair = index.path(component);
        return pair.isArray() && pair.size() == 2 && pair.get(1).isTextual();
    }

    private void network(String prefix, String weights) throws ModelException, IOException, InterruptedException {
        require(prefix + CONFIG);
        for (String name : WeightFiles.names(weights)) {
            if (WeightFiles.isList(name) ? shards(prefix, name) : file(prefix + name)) {
                return;
            }
        }
        throw new ModelException(shown + " has no weights for " + (prefix.isEmpty() ? "the VAE" : prefix) + ": no "
                + weights + ", whole, in shards or as a variant (pickled .bin files are not read)");
    }

    private boolean file(String name) throws ModelException, IOException, InterruptedException {
        return folder.file(name, Long.MAX_VALUE).isPresent();
    }

    private boolean shards(String prefix, String index) throws ModelException, IOException, InterruptedException {
        Optional<Path> file = folder.file(prefix + index, MAX_SMALL);
        if (file.isEmpty()) {
            return false;
        }
        TreeSet<String> names = new TreeSet<>();
        for (JsonNode shard : json(prefix + index, file.get()).path("weight_map")) {
            String name = shard.asText();
            if (!StoredFile.isPlain(name) || !name.endsWith(".safetensors")) {
                throw new ModelException(shown + ": " + prefix + index + " names a shard " + JobRules.quoted(name)
                        + ", which is not the name of a .safetensors file beside it");
            }
            names.add(name);
        }
        if (names.isEmpty() || names.size() > MAX_SHARDS) {
            throw new ModelException(
                    shown + ": " + prefix + index + " names " + names.size() + " shards, not 1 to " + MAX_SHARDS);
        }
        for (String name : names) {
            if (!file(prefix + name)) {
                throw missing(prefix + name);
            }
        }
        return true;
    }

    private Path require(String name) throws ModelException, IOException, InterruptedException {
        Optional<Path> file = folder.file(name, MAX_SMALL);
        if (file.isEmpty()) {
            throw missing(name);
        }
        return file.get();
    }

    private ModelException missing(String name) {
        return new ModelException(
                shown + " is not a whole checkpoint in the layout of diffusers: " + name + " is missing");
    }

    private JsonNode json(String name, Path file) throws ModelException, IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes((int) MAX_SMALL + 1);
            JsonNode read = bytes.length > MAX_SMALL ? null : JSON.readTree(bytes);
            if (read == null || !read.isObject()) {
                throw new ModelException(shown + ": " + name + " is not a JSON object of at most 16 MiB");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new ModelException(shown + ": " + name + " is not JSON", e);
        }
    }
}
