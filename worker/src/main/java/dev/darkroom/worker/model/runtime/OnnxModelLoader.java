package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.checkpoint.DiffusersFolder;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads checkpoints into ONNX Runtime. Immutable; safe for use by several threads. */
public final class OnnxModelLoader implements ModelLoader {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxModelLoader.class);

    private final RuntimeOptions options;

    public OnnxModelLoader(RuntimeOptions options) {
        this.options = options;
    }

    @Override
    public LoadedModel load(String id, Path checkpoint) throws ModelException {
        long start = System.nanoTime();
        DiffusersFolder folder = DiffusersFolder.open(checkpoint);
        Closing networks = new Closing();
        try {
            TextEncoder textEncoder =
                    networks.add(OnnxTextEncoder.load(folder.textEncoder(), folder.textEncoderWeights(), options));
            Unet unet = networks.add(OnnxUnet.load(folder.unet(), folder.unetWeights(), options));
            VaeDecoder vae = networks.add(OnnxVaeDecoder.load(folder.vae(), folder.vaeWeights(), options));
            FileHash weights = new FileHash(folder.unetWeights().path());
            LoadedModel model = new OnnxModel(
                    description(id, folder), folder.tokenizer(), textEncoder, unet, vae, weights, networks);
            LOG.info("Model {} loaded in {} ms", id, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            return model;
        } catch (ModelException | RuntimeException e) {
            closeAfter(e, networks);
            throw e;
        }
    }

    private static ModelDescription description(String id, DiffusersFolder folder) {
        int scale = folder.vae().scale();
        return new ModelDescription(
                id, folder.vae().latentChannels(), scale, scale * folder.unet().sampleSize(), folder.schedulerConfig());
    }

    private static void closeAfter(Exception cause, Closing networks) {
        try {
            networks.close();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }
}
