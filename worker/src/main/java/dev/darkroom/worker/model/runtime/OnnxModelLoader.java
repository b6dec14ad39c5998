package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.CachingTextEncoder;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.VaeEncoder;
import dev.darkroom.worker.model.checkpoint.Adaptation;
import dev.darkroom.worker.model.checkpoint.AddedTokens;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.checkpoint.ClipTextConfig;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.SafetensorsSource;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.graph.VaeEncoderGraph;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

    /** What each text encoder keeps, in bytes: 70 texts of Stable Diffusion 1.x, 41 of XL. */
    private static final long KEPT_TEXTS = 16 << 20;

    /** Numbers of a UNet that may be there twice: at most 32 MiB. */
    private static final long SMALL_UNET = 8 << 20;

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
        NetworkForms forms = forms(files, opened);
        Precision computed = NetworkForms.precision(forms.unet());
        if (options.device() == RuntimeOptions.Device.CPU
                && files.precision().isPresent()
                && files.precision().get() != computed) {
            LOG.info(
                    "Model {} is to run in {}; on this CPU it runs in {}",
                    files.id(),
                    files.precision().get().label(),
                    computed.label());
        }
        Closing parts = new Closing();
        try {
            LoadedModel model = load(files, opened, forms, parts);
            LOG.info("Model {} loaded in {} ms", files.id(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            return model;
        } catch (ModelException | RuntimeException | Error e) {
            parts.closeAfter(e);
            throw e;
        }
    }

    private LoadedModel load(ModelFiles files, Checkpoint opened, NetworkForms forms, Closing parts)
            throws ModelException {
        Adaptation adapted = Adaptation.of(opened, files.loras());
        AddedTokens added = AddedTokens.of(opened, files.embeddings());
        added.unusable().forEach(word -> LOG.warn("Model {} lacks a word: {}", files.id(), word.why()));
        GraphForm form = forms.text();
        Output output = firstOutput(opened);
        TextEncoder text =
                parts.add(textEncoder(opened.textEncoder(), adapted.textEncoder(), output, form, added.first()));
        Optional<OnnxModel.SecondEncoder> second = Optional.empty();
        if (opened.secondText().isPresent()) {
            Checkpoint.Text other = opened.secondText().get();
            TextEncoder encoder = parts.add(textEncoder(
                    other.encoder(), adapted.secondTextEncoder(), Output.PLAIN_AND_POOLED, form, added.second()));
            second = Optional.of(new OnnxModel.SecondEncoder(other.tokenizer().with(added.ids()), encoder));
        }
        ModelGraph unet = UnetGraph.build(opened.unet(), adapted.unet(), forms.unet());
        ModelGraph decoder = VaeDecoderGraph.build(opened.vae(), opened.vaeWeights(), forms.vae());
        return new OnnxModel(
                description(files, opened, forms),
                opened.tokenizer().with(added.ids()),
                text,
                second,
                parts.add(unet(
                        opened.unet(), adapted.unet(), unet, forms.unet(), onCallersThread(opened, adapted, forms))),
                parts.add(OnnxVaeDecoder.load(opened.vae(), decoder, options)),
                parts.add(new AtFirstUse<>(VaeEncoderGraph.NAME, () -> vaeEncoder(opened, forms.vae()))),
                parts.add(FileHash.start(opened.unetWeights().files())),
                files.loras().stream()
                        .map(lora -> parts.add(LoraHash.start(lora)))
                        .toList(),
                added.applied(),
                added.unusable(),
                parts);
    }

    private TextEncoder textEncoder(
            ClipTextConfig config, TensorSource weights, Output output, GraphForm form, List<float[]> added)
            throws ModelException {
        ModelGraph graph = ClipTextGraph.build(config, weights, output, form, added);
        return new CachingTextEncoder(OnnxTextEncoder.load(config, output, graph, options, added.size()), KEPT_TEXTS);
    }

    private VaeEncoder vaeEncoder(Checkpoint opened, GraphForm form) throws ModelException {
        ModelGraph graph = VaeEncoderGraph.build(opened.vae(), opened.vaeWeights(), form);
        return OnnxVaeEncoder.load(opened.vae(), graph, options);
    }

    private OnnxUnet unet(
            UnetConfig config,
            TensorSource weights,
            ModelGraph graph,
            GraphForm form,
            Optional<AtFirstUse.Loading<Unet>> onCallersThread)
            throws ModelException {
        return OnnxUnet.load(
                config,
                graph,
                () -> UnetGraph.buildShallow(config, weights, form),
                RowOrder.of(options, form),
                options,
                onCallersThread);
    }

    /** Loads a UNet once more, for calls on their caller's thread; empty where it is not to be there twice. */
    private Optional<AtFirstUse.Loading<Unet>> onCallersThread(
            Checkpoint opened, Adaptation adapted, NetworkForms forms) throws ModelException {
        UnetConfig config = opened.unet();
        OnnxModelLoader other = new OnnxModelLoader(options.onOneThread());
        return isThereTwice(opened, forms)
                ? Optional.of(() -> other.unet(
                        config,
                        adapted.unet(),
                        UnetGraph.build(config, adapted.unet(), forms.unet()),
                        forms.unet(),
                        Optional.empty()))
                : Optional.empty();
    }

    /** With several threads, in the mode in which a row has the same bits on any number of them, a small UNet is. */
    private boolean isThereTwice(Checkpoint opened, NetworkForms forms) throws ModelException {
        return options.threads() > 1
                && RowOrder.of(options, forms.unet()) == RowOrder.TOGETHER
                && opened.summary().parametersOf("unet") <= SMALL_UNET;
    }

    @Override
    public long memory(ModelFiles files) throws ModelException {
        Checkpoint opened = Checkpoint.open(files);
        return memory(opened, forms(files, opened));
    }

    private long memory(Checkpoint opened, NetworkForms forms) throws ModelException {
        long once = MemoryEstimate.of(opened.summary(), forms);
        return isThereTwice(opened, forms)
                ? once + Float.BYTES * opened.summary().parametersOf("unet")
                : once;
    }

    @Override
    public long sharedMemory(ModelFiles files) throws ModelException {
        if (options.device() != RuntimeOptions.Device.CPU || options.memory() != RuntimeOptions.Memory.FAST_START) {
            return 0;
        }
        Checkpoint opened = Checkpoint.open(files);
        return MemoryEstimate.ofMapped(opened.summary(), Adaptation.of(opened, files.loras()), forms(files, opened));
    }

    /** A LoRA that does not fit fails here: before other models are closed for the one that it cannot change. */
    @Override
    public long loadingMemory(ModelFiles files) throws ModelException {
        if (files.loras().isEmpty()) {
            return memory(files);
        }
        Checkpoint opened = Checkpoint.open(files);
        NetworkForms forms = forms(files, opened);
        long memory = memory(opened, forms);
        long merging = MemoryEstimate.ofMerging(Adaptation.of(opened, files.loras()), forms);
        return options.device() == RuntimeOptions.Device.CPU ? memory + merging : memory; // not the device's
    }

    /** Loads the UNet in a checkpoint's {@code unet} folder alone, and takes the time. */
    public UnetLoad loadUnet(Path folder, Optional<Precision> precision) throws ModelException {
        GraphForm form = NetworkForms.unet(options.device(), possible(precision, folder.toString()));
        UnetConfig config = UnetConfig.read(ConfigFile.read(folder.resolve("config.json")));
        return loadUnet(config, SafetensorsSource.open(folder, UNET_WEIGHTS), form);
    }

    /** Loads the UNet of a checkpoint alone, and takes the time. */
    public UnetLoad loadUnetOf(ModelFiles files) throws ModelException {
        Checkpoint opened = Checkpoint.open(files);
        return loadUnet(
                opened.unet(), opened.unetWeights(), forms(files, opened).unet());
    }

    private UnetLoad loadUnet(UnetConfig config, TensorSource weights, GraphForm form) throws ModelException {
        Inference.environment(); // the library is loaded once per process: not this network's time
        long start = System.nanoTime();
        ModelGraph graph = UnetGraph.build(config, weights, form);
        long built = System.nanoTime();
        Closing parts = new Closing();
        try {
            Unet unet = parts.add(unet(config, weights, graph, form, Optional.empty()));
            long loaded = System.nanoTime();
            return new UnetLoad(
                    unet,
                    NetworkForms.precision(form),
                    Duration.ofNanos(built - start),
                    Duration.ofNanos(loaded - built));
        } catch (ModelException | RuntimeException | Error e) {
            parts.closeAfter(e);
            throw e;
        }
    }

    private NetworkForms forms(ModelFiles files, Checkpoint opened) throws ModelException {
        Optional<Precision> precision = possible(files.precision(), files.id());
        return NetworkForms.of(options.device(), precision, opened.family(), opened.vae());
    }

    /** The precision that was asked for, or what there is in its place. */
    private Optional<Precision> possible(Optional<Precision> asked, String model) throws ModelException {
        if (!asked.equals(Optional.of(Precision.INT8))) {
            return asked;
        }
        if (options.device() != RuntimeOptions.Device.CPU) {
            throw new UnsupportedModelException(
                    model + ": precision int8 is for the CPU; on CUDA there are fp16 and fp32");
        }
        return ByteProducts.areExact() ? asked : Optional.of(Precision.FP32);
    }

    private static Output firstOutput(Checkpoint checkpoint) {
        return checkpoint.secondText().isPresent() ? Output.PLAIN : Output.NORMED;
    }

    private static ModelDescription description(ModelFiles files, Checkpoint checkpoint, NetworkForms forms) {
        int scale = checkpoint.vae().scale();
        return new ModelDescription(
                files.id(),
                checkpoint.family(),
                NetworkForms.precision(forms.unet()),
                checkpoint.unet().inChannels(),
                checkpoint.unet().guidanceWidth().isPresent(),
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
