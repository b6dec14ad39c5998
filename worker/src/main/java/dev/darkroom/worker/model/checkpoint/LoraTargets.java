package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The weights of a checkpoint that a LoRA can change, by every name that a trainer may give their module: kohya's (the
 * path with underscores, of diffusers or of the original UNet), PEFT's and diffusers', older ones of diffusers. Nothing is
 * parsed: a name that is not here fits no module. Immutable.
 */
final class LoraTargets {
    private static final String WEIGHT = ".weight";
    private static final String TEXT_MODEL = "text_model.";
    private static final String PROJECTION = "text_projection";

    private final Map<String, Target> modules = new HashMap<>();

    /**
     * A weight.
     *
     * @param component the network, by diffusers' name
     * @param tensor the name that its source has
     * @param entry where its source has it
     */
    record Target(String component, String tensor, TensorEntry entry, Axes axes) {
        /** Of a weight with a row for each output. */
        Target(String component, String tensor, TensorEntry entry) {
            this(component, tensor, entry, Axes.OUT_IN);
        }
    }

    LoraTargets(Checkpoint checkpoint) {
        unet(checkpoint);
        boolean two = checkpoint.secondText().isPresent();
        text("text_encoder", two ? "lora_te1_" : "lora_te_", checkpoint.textEncoderWeights());
        checkpoint.secondText().ifPresent(second -> text("text_encoder_2", "lora_te2_", second.weights()));
    }

    /** The weight of a module. */
    Optional<Target> find(String module) {
        return Optional.ofNullable(modules.get(module));
    }

    private void unet(Checkpoint checkpoint) {
        OriginalUnetNames originals = new OriginalUnetNames(checkpoint.unet());
        checkpoint.unetWeights().entries().forEach((name, entry) -> {
            if (isMatrix(name, entry)) {
                Target target = new Target("unet", name, entry);
                String module = module(name);
                put(target, "lora_unet_" + underscored(module));
                originals.of(module).ifPresent(original -> put(target, "lora_unet_" + underscored(original)));
                put(target, "unet." + module);
                put(target, "unet.base_model.model." + module);
                put(target, "base_model.model." + module);
                processor(module).ifPresent(old -> put(target, "unet." + old));
                processor(module).ifPresent(old -> put(target, old));
            }
        });
    }

    /** Where diffusers had the LoRAs of attentions once. */
    private static Optional<String> processor(String module) {
        for (String projection : List.of("to_q", "to_k", "to_v", "to_out.0")) {
            if (module.endsWith("." + projection)) {
                String attention = module.substring(0, module.length() - projection.length());
                return Optional.of(attention + "processor." + projection.replace(".0", ""));
            }
        }
        return Optional.empty();
    }

    private void text(String component, String kohya, SafetensorsSource weights) {
        weights.entries().forEach((name, entry) -> {
            if (name.equals(PROJECTION) && entry.shape().size() == 2) { // as a single file of XL has it
                put(new Target(component, name, entry, Axes.IN_OUT), component, kohya, PROJECTION);
            } else if (isMatrix(name, entry) && !name.contains("embeddings.")) {
                String inner = module(name);
                String module = inner.equals(PROJECTION) || inner.startsWith(TEXT_MODEL) ? inner : TEXT_MODEL + inner;
                put(new Target(component, name, entry), component, kohya, module);
            }
        });
    }

    private void put(Target target, String component, String kohya, String module) {
        put(target, kohya + underscored(module));
        put(target, component + "." + module);
        put(target, component + ".base_model.model." + module);
    }

    private void put(Target target, String module) {
        modules.put(module, target);
    }

    private static boolean isMatrix(String name, TensorEntry entry) {
        return name.endsWith(WEIGHT) && entry.shape().size() >= 2;
    }

    private static String module(String tensor) {
        return tensor.substring(0, tensor.length() - WEIGHT.length());
    }

    private static String underscored(String path) {
        return path.replace('.', '_');
    }
}
