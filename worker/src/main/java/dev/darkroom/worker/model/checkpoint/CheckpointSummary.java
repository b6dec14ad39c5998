package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.PredictionType;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a checkpoint is, for people and for estimates of the memory it needs. Told from headers: no weight is read.
 *
 * @param components in diffusers' order and by its names: {@code text_encoder}, {@code text_encoder_2} in XL, {@code
 *     unet}, {@code vae}
 */
public record CheckpointSummary(
        ModelFamily family, Layout layout, UnetInput input, PredictionType predictionType, List<Component> components) {

    /**
     * The weights of one network, both halves of the VAE counted; the ids of positions, which old text encoders store
     * among them, are not.
     *
     * @param files that hold them, links resolved; in a single file they are one and the same for all networks
     * @param tensors how many there are
     * @param parameters numbers in all of them
     * @param bytes on the disk, by type of element
     */
    public record Component(String name, List<Path> files, int tensors, long parameters, Map<DataType, Long> bytes) {
        public Component {
            files = List.copyOf(files);
            bytes = Collections.unmodifiableMap(new EnumMap<>(bytes));
        }

        static Component of(String name, SafetensorsSource weights) {
            int tensors = 0;
            long parameters = 0;
            Map<DataType, Long> bytes = new EnumMap<>(DataType.class);
            for (Map.Entry<String, TensorEntry> tensor : weights.entries().entrySet()) {
                if (!tensor.getKey().endsWith("position_ids")) {
                    TensorEntry entry = tensor.getValue();
                    tensors++;
                    parameters += entry.size();
                    bytes.merge(entry.type(), entry.length(), Long::sum);
                }
            }
            return new Component(name, weights.files(), tensors, parameters, bytes);
        }

        /** Bytes on the disk, all types together. */
        public long size() {
            return bytes.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    public CheckpointSummary {
        components = List.copyOf(components);
    }

    /** Numbers in a component; none in one that is not there. */
    public long parametersOf(String component) {
        return components.stream()
                .filter(each -> each.name().equals(component))
                .mapToLong(Component::parameters)
                .sum();
    }
}
