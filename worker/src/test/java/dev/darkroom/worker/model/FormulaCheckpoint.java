package dev.darkroom.worker.model;

import ai.onnxruntime.platform.Fp16Conversions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * A small checkpoint with the full topology of a real one. Its weights are not stored: they follow from the formula of
 * the golden vectors, which were computed from the same weights.
 */
public final class FormulaCheckpoint {
    private static final String RESOURCES = "/model/golden/";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String id;
    private final long seed;

    private FormulaCheckpoint(String id, long seed) {
        this.id = id;
        this.seed = seed;
    }

    /** The checkpoint {@code id} of the golden vectors: tiny-sd15, tiny-sd21, … */
    public static FormulaCheckpoint of(String id) throws IOException {
        String seed = json("index.json").get(id).get("seed").asText();
        return new FormulaCheckpoint(id, Long.parseUnsignedLong(seed.substring(2), 16));
    }

    /** A golden JSON file. */
    public static JsonNode json(String name) throws IOException {
        try (InputStream in = resource(name)) {
            return JSON.readTree(in);
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(FormulaCheckpoint.class.getResourceAsStream(RESOURCES + name), name);
    }

    /** Writes a diffusers folder, with CLIP's own vocabulary. */
    public void write(Path folder, DataType type) throws IOException {
        for (String component : List.of("text_encoder", "unet", "vae")) {
            writeComponent(folder.resolve(component), component, type);
        }
        writeTokenizer(folder.resolve("tokenizer"), id.startsWith("tiny-sd21") ? "!" : "<|endoftext|>");
        boolean xl = id.equals("tiny-sdxl");
        if (xl) {
            writeComponent(folder.resolve("text_encoder_2"), "text_encoder_2", type);
            writeTokenizer(folder.resolve("tokenizer_2"), "!");
        }
        Files.createDirectories(folder.resolve("scheduler"));
        try (InputStream scheduler = resource(topology() + "/scheduler.json")) {
            Files.copy(scheduler, folder.resolve("scheduler/scheduler_config.json"));
        }
        Files.writeString(folder.resolve("model_index.json"), """
                {"_class_name": "%s", %s
                 "text_encoder": ["transformers", "CLIPTextModel"],
                 "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
                 "vae": ["diffusers", "AutoencoderKL"], "scheduler": ["diffusers", "DDIMScheduler"]}
                """.formatted(
                        xl ? "StableDiffusionXLPipeline" : "StableDiffusionPipeline", xl ? """
                        "force_zeros_for_empty_prompt": true, "tokenizer_2": ["transformers", "CLIPTokenizer"],
                        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
                        """ : ""));
    }

    private static void writeTokenizer(Path folder, String padding) throws IOException {
        Files.createDirectories(folder);
        Map<String, String> resources = Map.of(
                "vocab.json", "/diffusion/text/vocab.json.gz",
                "merges.txt", "/dev/darkroom/worker/diffusion/text/clip-merges.txt.gz");
        for (String name : resources.keySet()) {
            String resource = Objects.requireNonNull(resources.get(name));
            try (InputStream in = new GZIPInputStream(
                    Objects.requireNonNull(FormulaCheckpoint.class.getResourceAsStream(resource), resource))) {
                Files.copy(in, folder.resolve(name));
            }
        }
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"" + padding + "\"}");
    }

    /**
     * Writes the configuration and the weights of one component.
     *
     * @param more tensors that the reference's component does not have; their values follow the same formula
     */
    public void writeComponent(Path folder, String component, DataType type, SafetensorsWriter.Spec... more)
            throws IOException {
        Files.createDirectories(folder);
        try (InputStream config = resource(id + "/" + component + ".json")) {
            Files.copy(config, folder.resolve("config.json"));
        }
        String name =
                component.startsWith("text_encoder") ? "model.safetensors" : "diffusion_pytorch_model.safetensors";
        List<SafetensorsWriter.Spec> all = new ArrayList<>(tensors(component, type));
        all.addAll(List.of(more));
        SafetensorsWriter.write(folder.resolve(name), all, (spec, first, target) -> {
            FormulaTensor tensor = new FormulaTensor(component + "/" + spec.name(), spec.shape(), seed);
            fill(tensor, first, target, spec.type());
        });
    }

    /** Writes the same weights into one file, in the layout that Stable Diffusion was published in. */
    public SingleFileLayout singleFile() throws IOException {
        return new SingleFileLayout(id, seed);
    }

    private static void fill(FormulaTensor tensor, long first, ByteBuffer target, DataType type) {
        for (long i = first; target.hasRemaining(); i++) {
            float value = tensor.value(i);
            if (type == DataType.F16) {
                target.putShort(Fp16Conversions.floatToFp16(value));
            } else {
                target.putFloat(value);
            }
        }
    }

    /** The tensors of a component, in order of name. */
    public List<SafetensorsWriter.Spec> tensors(String component, DataType type) {
        List<SafetensorsWriter.Spec> specs = new ArrayList<>();
        for (String line : tensorList()) {
            if (line.startsWith(component + "/")) {
                int space = line.indexOf(' ');
                String name = line.substring(component.length() + 1, space);
                List<Long> shape = Pattern.compile(",")
                        .splitAsStream(line.substring(space + 1))
                        .map(Long::valueOf)
                        .toList();
                specs.add(new SafetensorsWriter.Spec(name, type, shaped(component, name, shape)));
            }
        }
        return specs;
    }

    public long seed() {
        return seed;
    }

    /** Models for inpainting and editing differ from the plain one in the first convolution only. */
    private List<Long> shaped(String component, String name, List<Long> shape) {
        if (component.equals("unet") && name.equals("conv_in.weight")) {
            long channels = id.endsWith("-inpaint") ? 9 : id.endsWith("-pix2pix") ? 8 : shape.get(1);
            return List.of(shape.get(0), channels, shape.get(2), shape.get(3));
        }
        return shape;
    }

    private String topology() {
        return id.replace("-inpaint", "").replace("-pix2pix", "");
    }

    private List<String> tensorList() {
        try (InputStream in = resource(topology() + "/tensors.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
