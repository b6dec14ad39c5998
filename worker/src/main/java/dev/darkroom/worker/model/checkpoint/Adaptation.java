package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A checkpoint's networks with what LoRAs change in them. No weight is read yet. Immutable. */
public final class Adaptation {
    private static final String UNET = "unet";

    private final Checkpoint checkpoint;
    private final Map<String, Map<String, List<LowRank>>> changes;

    private Adaptation(Checkpoint checkpoint, Map<String, Map<String, List<LowRank>>> changes) {
        this.checkpoint = checkpoint;
        this.changes = changes;
    }

    /**
     * Reads the headers of LoRAs.
     *
     * @throws UnsupportedModelException when one is of a kind that is not supported, or does not fit the checkpoint
     */
    public static Adaptation of(Checkpoint checkpoint, List<LoraFile> loras) throws ModelException {
        Map<String, Map<String, List<LowRank>>> changes = new HashMap<>();
        LoraTargets targets = new LoraTargets(checkpoint);
        for (LoraFile lora : loras) {
            if (lora.family().isPresent() && lora.family().get() != checkpoint.family()) {
                throw new UnsupportedModelException("LoRA " + lora.id() + " is for models of "
                        + Family.of(lora.family().get()).label() + "; " + checkpoint.path() + " is one of "
                        + Family.of(checkpoint.family()).label());
            }
            LoraReader.read(lora, targets)
                    .forEach((target, change) -> changes.computeIfAbsent(
                                    target.component(), component -> new HashMap<>())
                            .computeIfAbsent(target.tensor(), tensor -> new ArrayList<>())
                            .add(change));
        }
        return new Adaptation(checkpoint, changes);
    }

    public TensorSource unet() {
        return changed(UNET, checkpoint.unetWeights());
    }

    public TensorSource textEncoder() {
        return changed("text_encoder", checkpoint.textEncoderWeights());
    }

    /** The second text encoder, of a checkpoint that has one. */
    public TensorSource secondTextEncoder() {
        return changed("text_encoder_2", checkpoint.secondText().orElseThrow().weights());
    }

    /** Numbers in the weights of all networks that are changed. */
    public long parameters() {
        return changes.keySet().stream().mapToLong(this::parameters).sum();
    }

    /** The same of the text encoders alone. */
    public long textParameters() {
        return parameters() - parameters(UNET);
    }

    /** Numbers in the weights of one network that are changed, by diffusers' name for it. */
    public long parameters(String component) {
        return changes.getOrDefault(component, Map.of()).values().stream()
                .map(all -> all.get(0))
                .mapToLong(change -> (long) change.rows() * change.columns())
                .sum();
    }

    private TensorSource changed(String component, TensorSource weights) {
        return new Changed(weights, changes.getOrDefault(component, Map.of()));
    }

    private record Changed(TensorSource weights, Map<String, List<LowRank>> changes) implements TensorSource {
        @Override
        public Path folder() {
            return weights.folder();
        }

        @Override
        public boolean has(String name) {
            return weights.has(name);
        }

        @Override
        public StoredTensor require(String name, long... shape) throws ModelException {
            return weights.require(name, shape).with(changes.getOrDefault(name, List.of()));
        }
    }
}
