package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.SafetensorsSource;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.UnetGraph;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads checkpoints into ONNX Runtime. Immutable; safe for use by several threads. */
public final class OnnxModelLoader implements ModelLoader {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxModelLoader.class);

    /** Name of the weights in the folder of a UNet. */
    public static final String UNET_WEIGHTS = "diffusion_pytorch_model.safetensors";

    /** What diffusers' Stable Diffusion pipelines use when nothing is said. */
    private static final double GUIDANCE_SCALE = 7.5;

    private static final double GUIDANCE_SCALE_XL = 5;

    private final RuntimeOptions options;

    public OnnxModelLoader(RuntimeOptions options) {
        this.options = options;
    }

    public RuntimeOptions options() {
        return options;
    }

    @Override
    public LoadedModel load(ModelFiles files) throws ModelException {
        long start = System.nanoTime();
        Checkpoint opened = Checkpoint.open(files);
        Closing parts = new Closing();
        try {
            TextEncoder textEncoder = parts.add(OnnxTextEncoder.load(
                    opened.textEncoder(), opened.textEncoderWeights(), firstOutput(opened), options));
            Optional<OnnxModel.SecondEncoder> second = Optional.empty();
            if (opened.secondText().isPresent()) {
                Checkpoint.Text text = opened.secondText().get();
                TextEncoder encoder = parts.add(
                        OnnxTextEncoder.load(text.encoder(), text.weights(), Output.PLAIN_AND_POOLED, options));
                second = Optional.of(new OnnxModel.SecondEncoder(text.tokenizer(), encoder));
            }
            Unet unet = parts.add(
                    OnnxUnet.load(opened.unet(), UnetGraph.build(opened.unet(), opened.unetWeights()), options));
            VaeDecoder vae = parts.add(OnnxVaeDecoder.load(opened.vae(), opened.vaeWeights(), options));
            FileHash weights = parts.add(FileHash.start(opened.unetWeights().files()));
            LoadedModel model = new OnnxModel(
                    description(files, opened), opened.tokenizer(), textEncoder, second, unet, vae, weights, parts);
            LOG.info("Model {} loaded in {} ms", files.id(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            return model;
        } catch (ModelException | RuntimeException | Error e) {
            parts.closeAfter(e);
            throw e;
        }
    }

    /** Loads the UNet in a checkpoint's {@code unet} folder alone, and takes the time. */
    public UnetLoad loadUnet(Path folder) throws ModelException {
        UnetConfig config = UnetConfig.read(ConfigFile.read(folder.resolve("config.json")));
        return loadUnet(config, SafetensorsSource.open(folder, UNET_WEIGHTS));
    }

    /** Loads the UNet of a checkpoint alone, and takes the time. */
    public UnetLoad loadUnetOf(ModelFiles files) throws ModelException {
        Checkpoint opened = Checkpoint.open(files);
        return loadUnet(opened.unet(), opened.unetWeights());
    }

    private UnetLoad loadUnet(UnetConfig config, SafetensorsSource weights) throws ModelException {
        Inference.environment(); // the library is loaded once per process: not this network's time
        long start = System.nanoTime();
        ModelGraph graph = UnetGraph.build(config, weights);
        long built = System.nanoTime();
        Closing parts = new Closing();
        try {
            Unet unet = parts.add(OnnxUnet.load(config, graph, options));
            long loaded = System.nanoTime();
            return new UnetLoad(unet, Duration.ofNanos(built - start), Duration.ofNanos(loaded - built));
        } catch (ModelException | RuntimeException | Error e) {
            parts.closeAfter(e);
            throw e;
        }
    }

    private static Output firstOutput(Checkpoint checkpoint) {
        return checkpoint.secondText().isPresent() ? Output.PLAIN : Output.NORMED;
    }

    private static ModelDescription description(ModelFiles files, Checkpoint checkpoint) {
        int scale = checkpoint.vae().scale();
        return new ModelDescription(
                files.id(),
                checkpoint.family(),
                Precision.FP32,
                checkpoint.unet().inChannels(),
                false,
                files.defaults(),
                checkpoint.vae().latentChannels(),
                scale,
                scale * checkpoint.unet().sampleSize(),
                OnnxTextEncoder.skippable(checkpoint.textEncoder(), firstOutput(checkpoint)),
                checkpoint.zerosForEmptyNegative(),
                checkpoint.secondText().isPresent() ? GUIDANCE_SCALE_XL : GUIDANCE_SCALE,
                checkpoint.schedulerConfig());
    }
}
