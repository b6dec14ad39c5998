package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.EmbeddingFile;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads textual inversions: one tensor {@code (vectors, width)} or {@code (width)}, which A1111's web UI calls {@code
 * emb_params} and diffusers by the word itself; of Stable Diffusion XL {@code clip_l} and {@code clip_g}.
 */
final class EmbeddingReader {
    /** What a row of tokens has room for. */
    private static final int MOST_VECTORS = 75;

    private static final Set<String> FIRST = Set.of("emb_params", "clip_l");
    private static final String SECOND = "clip_g";

    private final EmbeddingFile embedding;
    private final SafetensorsFile file;

    /**
     * What a word stands for.
     *
     * @param first for the first text encoder
     * @param second for the second, as many; none where the checkpoint has no second
     * @param sha256 of the file, in hex
     */
    record Vectors(String token, List<float[]> first, List<float[]> second, String sha256) {}

    private EmbeddingReader(EmbeddingFile embedding, SafetensorsFile file) {
        this.embedding = embedding;
        this.file = file;
    }

    /**
     * The vectors for a checkpoint; empty where the file is for another family.
     *
     * @throws UnsupportedModelException when it is no textual inversion, or broken
     */
    static Optional<Vectors> read(EmbeddingFile embedding, Checkpoint checkpoint) throws ModelException {
        if (embedding.family().isPresent() && embedding.family().get() != checkpoint.family()) {
            return Optional.empty();
        }
        SingleFileKind.refusePickle(embedding.path());
        return new EmbeddingReader(embedding, SafetensorsSource.file(embedding.path())).read(checkpoint);
    }

    /** By its header: a single tensor of a few vectors, or those of Stable Diffusion XL. Else it would stop every model. */
    static boolean looksLikeOne(SafetensorsFile file) {
        Set<String> names = file.names();
        return (names.size() == 1 || names.equals(Set.of("clip_l", SECOND)))
                && names.stream().allMatch(name -> areVectors(file.find(name).orElseThrow()));
    }

    private static boolean areVectors(TensorEntry entry) {
        List<Long> shape = entry.shape();
        return (entry.type() == DataType.F32 || entry.type() == DataType.F16 || entry.type() == DataType.BF16)
                && !shape.isEmpty()
                && shape.size() <= 2
                && (shape.size() == 1 || (shape.get(0) >= 1 && shape.get(0) <= MOST_VECTORS));
    }

    private Optional<Vectors> read(Checkpoint checkpoint) throws ModelException {
        boolean two = file.find(SECOND).isPresent();
        String name = file.names().stream()
                .filter(tensor -> !tensor.equals(SECOND))
                .findFirst()
                .orElse("");
        if (file.names().size() != (two ? 2 : 1) || name.isEmpty() || (two && !FIRST.contains(name))) {
            throw unsupported("it has not one tensor, or clip_l and clip_g");
        }
        boolean fits = two == checkpoint.secondText().isPresent()
                && width(name) == checkpoint.textEncoder().width()
                && (!two
                        || width(SECOND)
                                == checkpoint.secondText().get().encoder().width());
        if (!fits && embedding.family().isPresent()) {
            throw unsupported("it does not fit the text encoders of " + checkpoint.path());
        }
        if (!fits) {
            return Optional.empty();
        }
        List<float[]> first = rows(name);
        List<float[]> second = two ? rows(SECOND) : List.of();
        if (two && first.size() != second.size()) {
            throw unsupported(
                    "it has " + first.size() + " vectors for one text encoder and " + second.size() + " for the other");
        }
        String own = FIRST.contains(name) ? embedding.id() : name;
        String token = embedding.token().orElse(own);
        if (token.isBlank()) {
            throw unsupported("it has no token");
        }
        return Optional.of(new Vectors(token, first, second, sha256()));
    }

    private long width(String name) throws UnsupportedModelException {
        TensorEntry entry = file.find(name).orElseThrow();
        List<Long> shape = entry.shape();
        if (!areVectors(entry)) {
            throw unsupported("its tensor " + ConfigFile.abbreviated(name) + " is " + entry.type() + " " + shape
                    + ", not 1 to " + MOST_VECTORS + " vectors of floating point numbers");
        }
        return shape.get(shape.size() - 1);
    }

    private List<float[]> rows(String name) throws ModelException {
        float[] values;
        try {
            values = file.floats(name);
        } catch (IOException e) {
            throw new ModelException(file.path() + " cannot be read: " + e, e);
        }
        int width = (int) width(name);
        List<float[]> rows = new ArrayList<>();
        for (int at = 0; at < values.length; at += width) {
            rows.add(Arrays.copyOfRange(values, at, at + width));
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw unsupported("a number in it is infinite, or none");
            }
        }
        return rows;
    }

    /** The whole file's, as A1111's web UI has it. */
    private String sha256() throws ModelException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file.path()), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new ModelException(file.path() + " cannot be read: " + e, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    private UnsupportedModelException unsupported(String why) {
        return new UnsupportedModelException(
                "Embedding " + embedding.id() + " (" + embedding.path() + ") cannot be used: " + why);
    }
}
