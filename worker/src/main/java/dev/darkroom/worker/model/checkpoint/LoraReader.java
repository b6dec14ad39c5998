package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a LoRA's names, shapes and alphas, and says what each of its parts does to which weight of a checkpoint. What fits
 * no weight is refused by name: left out, it would be another picture without a word. Used once.
 */
final class LoraReader {
    /** The largest known are of 1,024. */
    private static final long MOST_RANK = 4096;

    private static final int NAMED = 5;

    /** The role of a tensor, by how its name ends. */
    @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
    enum Part {
        UP(
                ".lora_up.weight",
                ".lora_B.weight",
                ".lora_B.default.weight",
                ".lora.up.weight",
                "_lora.up.weight",
                ".lora_linear_layer.up.weight"),
        MIDDLE(".lora_mid.weight"),
        DOWN(
                ".lora_down.weight",
                ".lora_A.weight",
                ".lora_A.default.weight",
                ".lora.down.weight",
                "_lora.down.weight",
                ".lora_linear_layer.down.weight"),
        ALPHA(".alpha");

        private final List<String> endings;

        Part(String... endings) {
            this.endings = List.of(endings);
        }

        /** What is before the ending. */
        Optional<String> module(String name) {
            return endings.stream()
                    .filter(name::endsWith)
                    .findFirst()
                    .map(ending -> name.substring(0, name.length() - ending.length()));
        }
    }

    private final LoraFile lora;
    private final SafetensorsFile file;
    private final LoraTargets targets;
    private final Optional<HeaderAlphas> alphas;
    private final Map<LoraTargets.Target, Map<Part, TensorEntry>> found = new LinkedHashMap<>();
    private final List<String> unknown = new ArrayList<>();

    private LoraReader(LoraFile lora, SafetensorsFile file, LoraTargets targets) throws UnsupportedModelException {
        this.alphas = HeaderAlphas.read(file);
        this.lora = lora;
        this.file = file;
        this.targets = targets;
    }

    /**
     * What a LoRA changes.
     *
     * @throws UnsupportedModelException when it is of a kind that is not supported, or a part of it does not fit
     */
    static Map<LoraTargets.Target, LowRank> read(LoraFile lora, LoraTargets targets) throws ModelException {
        SingleFileKind.refusePickle(lora.path());
        SafetensorsFile file = SafetensorsSource.file(lora.path());
        LoraKind.refuseOthers(file, lora.id());
        return new LoraReader(lora, file, targets).read();
    }

    private Map<LoraTargets.Target, LowRank> read() throws ModelException {
        for (String name : file.names()) {
            if (!take(name)) {
                unknown.add(name);
            }
        }
        if (!unknown.isEmpty()) {
            throw unsupported(unknown.size() + " of its " + file.names().size()
                    + " tensors fit no weight of the model: "
                    + String.join(
                            ", ",
                            unknown.stream()
                                    .limit(NAMED)
                                    .map(ConfigFile::abbreviated)
                                    .toList())
                    + (unknown.size() > NAMED ? ", …" : ""));
        }
        if (found.isEmpty()) {
            throw unsupported("there is no tensor in it");
        }
        Map<LoraTargets.Target, LowRank> changes = new LinkedHashMap<>();
        for (Map.Entry<LoraTargets.Target, Map<Part, TensorEntry>> module : found.entrySet()) {
            changes.put(module.getKey(), change(module.getKey(), module.getValue()));
        }
        return changes;
    }

    /** Whether the tensor has a place. */
    private boolean take(String name) throws UnsupportedModelException {
        for (Part part : Part.values()) {
            Optional<LoraTargets.Target> target = part.module(name).flatMap(targets::find);
            if (target.isPresent()) {
                TensorEntry entry = file.find(name).orElseThrow();
                TensorEntry before = found.computeIfAbsent(target.get(), module -> new EnumMap<>(Part.class))
                        .put(part, entry);
                if (before != null) {
                    throw unsupported("two tensors are for the same weight: " + ConfigFile.abbreviated(before.name())
                            + " and " + ConfigFile.abbreviated(name));
                }
                return true;
            }
        }
        return false;
    }

    private LowRank change(LoraTargets.Target target, Map<Part, TensorEntry> parts) throws ModelException {
        TensorEntry up = parts.get(Part.UP);
        TensorEntry down = parts.get(Part.DOWN);
        if (up == null || down == null) {
            throw unsupported("the weight " + target.component() + "/" + target.tensor()
                    + " gets only one of the two matrices that belong together");
        }
        Optional<TensorEntry> middle = Optional.ofNullable(parts.get(Part.MIDDLE));
        LowRank change = new LowRank(
                file,
                up,
                middle,
                down,
                lora.scale() * factor(target, down, Optional.ofNullable(parts.get(Part.ALPHA))),
                target.axes());
        Optional<String> misfit = LoraShapes.misfit(change, target.entry());
        if (misfit.isPresent()) {
            throw unsupported("for the weight " + target.component() + "/" + target.tensor() + " " + misfit.get());
        }
        return change;
    }

    /** alpha / rank; without alpha it is the rank. */
    private double factor(LoraTargets.Target target, TensorEntry down, Optional<TensorEntry> alpha)
            throws ModelException {
        long rank = down.shape().isEmpty() ? 0 : down.shape().get(0);
        if (rank < 1 || rank > MOST_RANK) {
            throw unsupported("tensor " + ConfigFile.abbreviated(down.name()) + " has the shape " + down.shape()
                    + "; a rank is 1 to " + MOST_RANK);
        }
        if (alpha.isPresent() && alphas.isPresent()) {
            throw unsupported("it has alphas as tensors, "
                    + ConfigFile.abbreviated(alpha.get().name()) + " for one, and others in its header");
        }
        if (alpha.isPresent()) {
            return number(alpha.get()) / rank;
        }
        String module = Part.DOWN.module(down.name()).orElse("");
        return alphas.isPresent() ? alphas.get().factor(target.component(), module, rank) : 1;
    }

    private double number(TensorEntry alpha) throws ModelException {
        boolean floating =
                alpha.type() == DataType.F32 || alpha.type() == DataType.F16 || alpha.type() == DataType.BF16;
        try {
            float value = floating && alpha.size() == 1 ? file.floats(alpha)[0] : Float.NaN;
            if (!Float.isFinite(value)) {
                throw unsupported("tensor " + ConfigFile.abbreviated(alpha.name()) + " must be one finite number");
            }
            return value;
        } catch (IOException e) {
            throw new ModelException(file.path() + " cannot be read: " + e, e);
        }
    }

    private UnsupportedModelException unsupported(String why) {
        return new UnsupportedModelException("LoRA " + lora.id() + " (" + lora.path() + ") cannot be used: " + why);
    }
}
