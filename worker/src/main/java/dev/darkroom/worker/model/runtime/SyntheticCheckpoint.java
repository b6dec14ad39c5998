package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.checkpoint.TensorSource;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * UNets of full size with made-up weights, to measure with. Which tensors there are is not written down here: the graph
 * of the network is built once over a source that agrees to everything and takes notes.
 */
public final class SyntheticCheckpoint {
    /** The shapes of UNets that can be made. */
    public enum Family {
        SD15("""
                {"_class_name": "UNet2DConditionModel", "sample_size": 64, "cross_attention_dim": 768,
                 "attention_head_dim": 8, "block_out_channels": [320, 640, 1280, 1280]}
                """),
        SD21("""
                {"_class_name": "UNet2DConditionModel", "sample_size": 96, "cross_attention_dim": 1024,
                 "attention_head_dim": [5, 10, 20, 20], "block_out_channels": [320, 640, 1280, 1280],
                 "use_linear_projection": true, "upcast_attention": true}
                """),
        SDXL("""
                {"_class_name": "UNet2DConditionModel", "sample_size": 128, "cross_attention_dim": 2048,
                 "attention_head_dim": [5, 10, 20], "block_out_channels": [320, 640, 1280],
                 "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
                 "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
                 "transformer_layers_per_block": [1, 2, 10], "use_linear_projection": true,
                 "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
                 "projection_class_embeddings_input_dim": 2816}
                """);

        private final String config;

        Family(String config) {
            this.config = config;
        }

        String config() {
            return config;
        }
    }

    private SyntheticCheckpoint() {}

    /**
     * Writes the {@code unet} folder of a diffusers checkpoint: {@code config.json} and the weights, some gigabytes.
     * The same family and type always give the same bytes.
     *
     * @param type F32 or F16
     * @return the number of parameters
     */
    public static long writeUnet(Path folder, Family family, DataType type) throws IOException, ModelException {
        Files.createDirectories(folder);
        Path config = folder.resolve("config.json");
        Files.writeString(config, family.config);
        Collection<SafetensorsWriter.Spec> specs = tensors(UnetConfig.read(ConfigFile.read(config)), type);
        SafetensorsWriter.write(folder.resolve(OnnxModelLoader.UNET_WEIGHTS), specs, SyntheticCheckpoint::fill);
        return specs.stream().mapToLong(SafetensorsWriter.Spec::size).sum();
    }

    /** The weights of a UNet in the order in which its graph asks for them. */
    static Collection<SafetensorsWriter.Spec> tensors(UnetConfig config, DataType type) throws ModelException {
        Notes notes = new Notes(type);
        UnetGraph.build(config, notes, GraphForm.CPU);
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
