package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelRepository;
import java.nio.file.Path;
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
        return List.copyOf(entries.keySet());
    }

    @Override
    public boolean has(String id) {
        return entries.containsKey(id);
    }

    @Override
    public Optional<HeldFiles> open(String id) throws ModelException, InterruptedException {
        CatalogueEntry entry = entries.get(id);
        if (entry == null) {
            return Optional.empty();
        }
        ModelCache.Held checkpoint = bring(id, entry.origin(), DiffusersFiles.Kind.MODEL);
        boolean handed = false;
        try {
            Optional<ModelCache.Held> vae = Optional.empty();
            if (entry.vae().isPresent()) {
                vae = Optional.of(bring(id, entry.vae().get(), DiffusersFiles.Kind.VAE));
            }
            ModelFiles files = entry.files(checkpoint.path(), vae.map(ModelCache.Held::path));
            handed = true;
            return Optional.of(new Held(files, checkpoint, vae));
        } finally {
            if (!handed) {
                checkpoint.close();
            }
        }
    }

    private record Held(ModelFiles files, ModelCache.Held checkpoint, Optional<ModelCache.Held> vae)
            implements HeldFiles {
        @Override
        public void close() {
            checkpoint.close();
            vae.ifPresent(ModelCache.Held::close);
        }
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
