package dev.darkroom.worker.model;

import ai.onnxruntime.platform.Fp16Conversions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;

/** A {@link FormulaCheckpoint} as a single file, by a table of what becomes of each tensor. */
public final class SingleFileLayout {
    private final JsonNode table;
    private final long seed;
    private long inChannels;
    private DataType type = DataType.F32;
    private UnaryOperator<String> names = name -> name;
    private final Map<Spec, float[]> more = new LinkedHashMap<>();

    /**
     * @param topology the model whose table it is
     * @param inChannels of the UNet, in which models of one topology differ
     */
    SingleFileLayout(String topology, long seed, long inChannels) throws IOException {
        String name = "/model/golden/" + topology + "/single_file.json.gz";
        try (InputStream in =
                new GZIPInputStream(Objects.requireNonNull(SingleFileLayout.class.getResourceAsStream(name), name))) {
            table = new ObjectMapper().readTree(in);
        }
        this.seed = seed;
        this.inChannels = inChannels;
    }

    /** In another data type; integers stay what they are. */
    public SingleFileLayout as(DataType floats) {
        type = floats;
        return this;
    }

    /** Under other names; a tensor whose name becomes empty is left out. */
    public SingleFileLayout renamed(UnaryOperator<String> newNames) {
        names = newNames;
        return this;
    }

    /** With a UNet that takes so many channels. */
    public SingleFileLayout taking(long channels) {
        inChannels = channels;
        return this;
    }

    /** With one more tensor, or with another in place of one. */
    public SingleFileLayout with(String name, float... values) {
        return with(name, List.of((long) values.length), values);
    }

    /** The same, of that shape. */
    public SingleFileLayout with(String name, List<Long> shape, float... values) {
        more.put(new Spec(name, DataType.F32, shape), values);
        return this;
    }

    /** The tensors that the file would have. */
    public List<Spec> specs() {
        return List.copyOf(tensors().keySet());
    }

    private Map<Spec, JsonNode> tensors() {
        Map<Spec, JsonNode> tensors = new LinkedHashMap<>();
        for (String part : List.of("tensors", "unused", "extras")) {
            for (JsonNode tensor : table.path(part)) {
                String name = names.apply(tensor.get("key").asText());
                if (!name.isEmpty()
                        && more.keySet().stream()
                                .noneMatch(other -> other.name().equals(name))) {
                    tensors.put(new Spec(name, type(tensor), shape(tensor)), tensor);
                }
            }
        }
        return tensors;
    }

    /** Writes a file with the same header, and zeros for values. */
    public void writeSparse(Path file) throws IOException {
        List<Spec> specs = new ArrayList<>(specs());
        specs.addAll(more.keySet());
        SparseSafetensors.write(file, specs);
    }

    /** Writes the file, with what real ones hold besides. */
    public void write(Path file) throws IOException {
        Map<Spec, JsonNode> tensors = tensors();
        List<Spec> specs = new ArrayList<>(tensors.keySet());
        specs.addAll(more.keySet());
        SafetensorsWriter.write(file, specs, (spec, first, target) -> {
            float[] values = more.get(spec);
            if (values != null) {
                target.asFloatBuffer().put(values);
                target.position(target.limit());
            } else {
                fill(tensors.get(spec), spec, first, target);
            }
        });
    }

    private DataType type(JsonNode tensor) {
        return switch (tensor.path("dtype").asText("float32")) {
            case "int64" -> DataType.I64;
            case "int32" -> DataType.I32;
            default -> type;
        };
    }

    private List<Long> shape(JsonNode tensor) {
        List<Long> shape = new ArrayList<>();
        tensor.get("shape").forEach(dimension -> shape.add(dimension.asLong()));
        if (tensor.get("key").asText().equals("model.diffusion_model.input_blocks.0.0.weight")) {
            shape.set(1, inChannels);
        }
        return shape;
    }

    private void fill(JsonNode tensor, Spec spec, long first, ByteBuffer target) {
        if (!tensor.has("from")) {
            target.position(target.limit()); // whatever it holds
            return;
        }
        List<FormulaTensor> sources = new ArrayList<>();
        List<Long> shape = sourceShape(tensor, spec);
        tensor.get("from").forEach(name -> sources.add(new FormulaTensor(name.asText(), shape, seed)));
        long size = spec.size() / sources.size();
        boolean transposed = tensor.get("op").asText().equals("transpose");
        for (long i = first; target.hasRemaining(); i++) {
            long rows = spec.shape().get(0);
            long index = transposed ? i % (size / rows) * rows + i / (size / rows) : i % size;
            float value = sources.get((int) (i / size)).value(index);
            if (spec.type() == DataType.F16) {
                target.putShort(Fp16Conversions.floatToFp16(value));
            } else {
                target.putFloat(value);
            }
        }
    }

    /** The shape that the tensor has, or each of its parts has, in a diffusers folder. */
    private static List<Long> sourceShape(JsonNode tensor, Spec spec) {
        List<Long> shape = new ArrayList<>(spec.shape());
        switch (tensor.get("op").asText()) {
            case "copy" -> {}
            case "conv1x1" -> shape.subList(2, 4).clear();
            case "transpose" -> shape.add(shape.remove(0));
            case "concat" -> shape.set(0, shape.get(0) / tensor.get("from").size());
            default -> throw new IllegalArgumentException(tensor.toString());
        }
        return shape;
    }
}
