package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A VAE on the disk: a component of a checkpoint, or on its own. On its own it is a folder as diffusers writes one, or a
 * {@code .safetensors} file with the original names or with diffusers'; a whole single-file checkpoint gives its own.
 *
 * @param config what it looks like; of a file, which has no configuration, the scale of latents is its family's
 */
record StoredVae(VaeConfig config, SafetensorsSource weights) {
    private static final List<String> PREFIXES = List.of(SingleFileVae.PREFIX, "vae.", "");
    private static final String OWN_NAMES = "decoder.mid.block_1.norm1.weight";
    private static final String DIFFUSERS_NAMES = "decoder.mid_block.resnets.0.norm1.weight";

    /** Opens a VAE that is given in place of a checkpoint's own, to be used in a model of that family. */
    static StoredVae open(Path path, Family family) throws ModelException {
        if (Files.isDirectory(path)) {
            if (Files.exists(path.resolve(DiffusersFolder.INDEX))) {
                throw new ModelException(path + " is a whole model: as a VAE give the folder vae in it");
            }
            return ofFolder(path);
        }
        if (!Files.exists(path)) {
            throw new ModelException(path + " is neither a folder with a VAE in it nor a file");
        }
        SingleFileKind.refusePickle(path);
        SafetensorsFile file = SafetensorsSource.file(path);
        for (String prefix : PREFIXES) {
            if (file.find(prefix + OWN_NAMES).isPresent()) {
                return of(file, SingleFileVae.tensors(file, prefix), family);
            }
            if (file.find(prefix + DIFFUSERS_NAMES).isPresent()) {
                return of(file, diffusersNames(file, prefix), family);
            }
        }
        SingleFileKind.refuseOthers(file, path);
        throw new UnsupportedModelException(path + " is not a VAE of Stable Diffusion: it has neither a tensor "
                + OWN_NAMES + " nor " + DIFFUSERS_NAMES);
    }

    /** A network of a diffusers folder. */
    static StoredVae ofFolder(Path folder) throws ModelException {
        return new StoredVae(
                VaeConfig.read(ConfigFile.read(folder.resolve("config.json"))),
                SafetensorsSource.open(folder, "diffusion_pytorch_model.safetensors"));
    }

    /** The VAE of a single-file checkpoint. */
    static StoredVae ofCheckpoint(SafetensorsFile file, Family family) throws ModelException {
        return of(file, SingleFileVae.tensors(file, SingleFileVae.PREFIX), family);
    }

    private static StoredVae of(SafetensorsFile file, Map<String, TensorEntry> tensors, Family family)
            throws ModelException {
        VaeConfig config = SingleFileVae.config(new Shapes(file.path(), tensors), family.latentScale());
        return new StoredVae(config, SafetensorsSource.renamed(file, tensors));
    }

    private static Map<String, TensorEntry> diffusersNames(SafetensorsFile file, String prefix) {
        Map<String, TensorEntry> tensors = new HashMap<>();
        for (String name : file.names()) {
            if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), file.find(name).orElseThrow());
            }
        }
        return SingleFileVae.withMatrices(tensors);
    }
}
