package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.ClipTextConfig;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.graph.VaeEncoderGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Checkpoints of full size with made-up weights, to measure with. Which tensors there are is not written down here: the graph
 * of a network is built once over a source that agrees to everything and takes notes.
 */
public final class SyntheticCheckpoint {
    private static final String VAE_WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final String TEXT_WEIGHTS = "model.safetensors";

    private SyntheticCheckpoint() {}

    /**
     * Writes a diffusers folder with all that a job needs, some gigabytes. The same family and type always give the same
     * bytes. What comes out of it is a picture of nothing.
     *
     * @param type F32 or F16
     */
    public static void writeModel(Path folder, SyntheticFamily family, DataType type)
            throws IOException, ModelException {
        Path scheduler = Files.createDirectories(folder.resolve("scheduler"));
        Files.writeString(scheduler.resolve("scheduler_config.json"), family.scheduler());
        if (Files.notExists(folder.resolve("unet").resolve(OnnxModelLoader.UNET_WEIGHTS))) {
            writeUnet(folder.resolve("unet"), family, type);
        }
        writeVae(folder.resolve("vae"), type);
        writeText(folder.resolve("text_encoder"), family.text(), family.textOutput(), type);
        Files.createDirectories(folder.resolve("tokenizer")); // without a vocabulary: CLIP's own
        if (family.secondText().isPresent()) {
            writeText(folder.resolve("text_encoder_2"), family.secondText().get(), Output.PLAIN_AND_POOLED, type);
            Files.createDirectories(folder.resolve("tokenizer_2"));
        }
        Files.writeString(folder.resolve("model_index.json"), family.index()); // last: the folder is whole
    }

    /**
     * Writes the {@code unet} folder of a diffusers checkpoint: {@code config.json} and the weights.
     *
     * @param type F32 or F16
     */
    public static void writeUnet(Path folder, SyntheticFamily family, DataType type)
            throws IOException, ModelException {
        write(folder, OnnxModelLoader.UNET_WEIGHTS, unet(config(folder, family.unet()), type));
    }

    private static void writeVae(Path folder, DataType type) throws IOException, ModelException {
        write(folder, VAE_WEIGHTS, vae(config(folder, SyntheticFamily.VAE), type));
    }

    private static void writeText(Path folder, String config, Output output, DataType type)
            throws IOException, ModelException {
        write(folder, TEXT_WEIGHTS, text(config(folder, config), output, type));
    }

    private static ConfigFile config(Path folder, String text) throws IOException, ModelException {
        Files.createDirectories(folder);
        return ConfigFile.read(Files.writeString(folder.resolve("config.json"), text));
    }

    /** The file is whole once it has its name. */
    private static void write(Path folder, String name, Collection<SafetensorsWriter.Spec> tensors) throws IOException {
        Path part = folder.resolve(name + ".part");
        SafetensorsWriter.write(part, tensors, SyntheticCheckpoint::fill);
        Files.move(part, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    /** The weights of a UNet in the order in which its graph asks for them. */
    static Collection<SafetensorsWriter.Spec> unet(ConfigFile config, DataType type) throws ModelException {
        Notes notes = new Notes(type);
        UnetGraph.build(UnetConfig.read(config), notes, GraphForm.CPU);
        return notes.tensors.values();
    }

    /** The same of a VAE, encoder and decoder. */
    static Collection<SafetensorsWriter.Spec> vae(ConfigFile config, DataType type) throws ModelException {
        Notes notes = new Notes(type);
        VaeDecoderGraph.build(VaeConfig.read(config), notes, GraphForm.CPU);
        VaeEncoderGraph.build(VaeConfig.read(config), notes, GraphForm.CPU);
        return notes.tensors.values();
    }

    /** The same of a text encoder. */
    static Collection<SafetensorsWriter.Spec> text(ConfigFile config, Output output, DataType type)
            throws ModelException {
        Notes notes = new Notes(type);
        ClipTextGraph.build(ClipTextConfig.read(config), notes, output, GraphForm.CPU);
        return notes.tensors.values();
    }

    /** Norms are neutral, all else is uniform noise that keeps activations near 1. */
    private static void fill(SafetensorsWriter.Spec spec, long first, ByteBuffer target) {
        boolean vector = spec.shape().size() == 1;
        boolean norm = vector && spec.name().endsWith(".weight");
        double fanIn = (double) spec.size() / spec.shape().get(0);
        float scale = vector ? 0 : (float) Math.sqrt(3 / fanIn);
        float offset = norm ? 1 : 0;
        int random = spec.name().hashCode() + (int) first;
        while (target.hasRemaining()) {
            random = random * 1664525 + 1013904223; // a linear congruential generator: cheap is enough
            float value = offset + scale * (random * 0x1p-31f);
            if (spec.type() == DataType.F32) {
                target.putFloat(value);
            } else {
                target.putShort(toFloat16(value));
            }
        }
    }

    /** Cuts off the bits that float16 does not have; for normal numbers only, and zero. */
    private static short toFloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int exponent = (bits >>> 23 & 0xff) - (127 - 15);
        int sign = bits >>> 16 & 0x8000;
        return (short) (exponent <= 0 ? sign : sign | exponent << 10 | (bits >>> 13 & 0x3ff));
    }

    /** A source that has every tensor that it is asked for. */
    private static final class Notes implements TensorSource {
        private final DataType type;
        private final Map<String, SafetensorsWriter.Spec> tensors = new LinkedHashMap<>();

        Notes(DataType type) {
            this.type = type;
        }

        @Override
        public Path folder() {
            return Path.of("");
        }

        @Override
        public boolean has(String name) {
            return true;
        }

        @Override
        public StoredTensor require(String name, long... shape) {
            SafetensorsWriter.Spec spec = new SafetensorsWriter.Spec(
                    name, type, Arrays.stream(shape).boxed().toList());
            tensors.put(name, spec);
            return new StoredTensor(name, type, 0, spec.size() * type.bytes());
        }
    }
}
