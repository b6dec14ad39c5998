package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.EmbeddingFile;
import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelRepository;
import dev.darkroom.worker.model.ModelVariant;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models that this worker knows, by id: paths as they are, everything else from the cache. */
public final class ModelCatalogue implements ModelRepository {
    private static final Logger log = LoggerFactory.getLogger(ModelCatalogue.class);

    private final Map<String, CatalogueEntry> entries = new TreeMap<>(); // not changed once it is made
    private final ModelCache cache;
    private final Set<Origin> checked = ConcurrentHashMap.newKeySet();

    /** @param entries with different ids */
    public ModelCatalogue(List<CatalogueEntry> entries, ModelCache cache) {
        entries.forEach(entry -> this.entries.put(entry.id(), entry));
        this.cache = cache;
    }

    /**
     * A folder of models, one checkpoint, or a catalogue file.
     *
     * @throws ModelException when it cannot be read, or holds no model
     */
    public static ModelCatalogue read(Path path, ModelCache cache) throws ModelException {
        return new ModelCatalogue(
                CatalogueFile.isNamedLikeOne(path) ? CatalogueFile.read(path) : ModelFolder.entries(path), cache);
    }

    /** All models, by id. */
    public List<CatalogueEntry> entries() {
        return List.copyOf(entries.values());
    }

    /** Where the files of a model are now; asks no server. */
    public Presence presence(CatalogueEntry entry) {
        Presence checkpoint = Presence.of(entry.origin(), DiffusersFiles.Kind.MODEL, cache);
        return entry.vae()
                .map(vae -> checkpoint.with(Presence.of(vae, DiffusersFiles.Kind.VAE, cache)))
                .orElse(checkpoint);
    }

    @Override
    public List<String> ids() {
        return ids(CatalogueEntry.Kind.MODEL);
    }

    @Override
    public List<String> loraIds() {
        return ids(CatalogueEntry.Kind.LORA);
    }

    private List<String> ids(CatalogueEntry.Kind kind) {
        return entries.values().stream()
                .filter(entry -> entry.kind() == kind)
                .map(CatalogueEntry::id)
                .toList();
    }

    @Override
    public boolean has(String id) {
        return find(id, CatalogueEntry.Kind.MODEL).isPresent();
    }

    private Optional<CatalogueEntry> find(String id, CatalogueEntry.Kind kind) {
        return Optional.ofNullable(entries.get(id)).filter(entry -> entry.kind() == kind);
    }

    @Override
    public Optional<HeldFiles> open(String id) throws ModelException, InterruptedException {
        return open(ModelVariant.of(id));
    }

    @Override
    public Optional<HeldFiles> open(ModelVariant variant) throws ModelException, InterruptedException {
        Optional<CatalogueEntry> entry = find(variant.id(), CatalogueEntry.Kind.MODEL);
        if (entry.isEmpty()) {
            return Optional.empty();
        }
        List<ModelCache.Held> held = new ArrayList<>();
        boolean handed = false;
        try {
            Path checkpoint = bring(entry.get(), entry.get().origin(), DiffusersFiles.Kind.MODEL, held);
            Optional<Path> vae = Optional.empty();
            if (entry.get().vae().isPresent()) {
                vae = Optional.of(bring(entry.get(), entry.get().vae().get(), DiffusersFiles.Kind.VAE, held));
            }
            List<LoraFile> loras = new ArrayList<>();
            for (ModelVariant.Scaled lora : variant.loras()) {
                loras.add(lora(lora, held));
            }
            ModelFiles files = entry.get().files(checkpoint, vae).with(loras).knowing(embeddings(entry.get(), held));
            handed = true;
            return Optional.of(new Held(files, held));
        } finally {
            if (!handed) {
                held.forEach(ModelCache.Held::close);
            }
        }
    }

    private LoraFile lora(ModelVariant.Scaled lora, List<ModelCache.Held> held)
            throws ModelException, InterruptedException {
        CatalogueEntry entry = find(lora.id(), CatalogueEntry.Kind.LORA)
                .orElseThrow(() -> new UnsupportedModelException("There is no LoRA " + lora.id()));
        Path path = bring(entry, entry.origin(), DiffusersFiles.Kind.MODEL, held);
        return new LoraFile(entry.id(), path, entry.family(), lora.scale());
    }

    /** All that may be for a model: which are, its checkpoint tells. */
    private List<EmbeddingFile> embeddings(CatalogueEntry model, List<ModelCache.Held> held)
            throws ModelException, InterruptedException {
        List<EmbeddingFile> files = new ArrayList<>();
        for (CatalogueEntry entry : entries.values()) {
            boolean other = entry.family().isPresent()
                    && model.family().isPresent()
                    && !entry.family().equals(model.family());
            if (entry.kind() == CatalogueEntry.Kind.EMBEDDING && !other) {
                Path path = bring(entry, entry.origin(), DiffusersFiles.Kind.MODEL, held);
                files.add(new EmbeddingFile(entry.id(), path, entry.family(), entry.token()));
            }
        }
        return files;
    }

    /**
     * Fetches what an entry is, if need be.
     *
     * @return where it is now; who uses it opens it
     * @throws ModelException as {@link #open}
     */
    public Path fetch(CatalogueEntry entry) throws ModelException, InterruptedException {
        if (entry.kind() == CatalogueEntry.Kind.MODEL) {
            try (HeldFiles held = open(entry.id()).orElseThrow()) {
                return held.files().checkpoint();
            }
        }
        try (ModelCache.Held held = bring(entry.id(), entry.origin(), DiffusersFiles.Kind.MODEL)) {
            return held.path();
        }
    }

    private record Held(ModelFiles files, List<ModelCache.Held> held) implements HeldFiles {
        @Override
        public void close() {
            held.forEach(ModelCache.Held::close);
        }
    }

    /** @param held is given what must be closed when the files are not used any more */
    private Path bring(CatalogueEntry entry, Origin origin, DiffusersFiles.Kind kind, List<ModelCache.Held> held)
            throws ModelException, InterruptedException {
        ModelCache.Held one = bring(entry.id(), origin, kind);
        held.add(one);
        return one.path();
    }

    private ModelCache.Held bring(String id, Origin origin, DiffusersFiles.Kind kind)
            throws ModelException, InterruptedException {
        if (origin.source() instanceof Source.Local local) {
            if (origin.sha256().isPresent() && !checked.contains(origin)) {
                check(id, local.path(), origin.sha256().get(), kind);
                checked.add(origin);
            }
            return new ModelCache.Held(local.path(), () -> {}); // nobody removes it anyway
        }
        Source.Remote remote = (Source.Remote) origin.source();
        if (origin.sha256().isEmpty() && checked.add(origin)) {
            log.warn("Model {} has no sha256: whatever {} gives is taken for it", id, remote.shown());
        }
        return cache.open(remote, origin.sha256(), kind);
    }

    /** A file of the operator's own is read whole once in the life of a process, and never deleted. */
    private static void check(String id, Path path, String expected, DiffusersFiles.Kind kind)
            throws ModelException, InterruptedException {
        String actual = Sums.of(path, kind);
        if (!actual.equals(expected)) {
            throw new ModelException("Model " + id + ": " + path + " has the SHA-256 " + actual
                    + ", where the catalogue says " + expected);
        }
    }
}
