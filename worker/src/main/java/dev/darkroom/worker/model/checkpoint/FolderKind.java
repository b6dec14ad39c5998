package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells what a diffusers folder is from what its {@code model_index.json} lists; refuses by name what cannot be run. */
final class FolderKind {
    /** Components that change what comes out, and the kind of model that has them. */
    private static final Map<String, String> OTHERS = Map.ofEntries(
            Map.entry("text_encoder_3", "Stable Diffusion 3"),
            Map.entry("transformer", "a model with a transformer in place of the UNet (Stable Diffusion 3, Flux, …)"),
            Map.entry("prior", "a model in two stages (Kandinsky, Stable Cascade)"),
            Map.entry("controlnet", "a model with a ControlNet"),
            Map.entry("adapter", "a model with a T2I adapter"),
            Map.entry("motion_adapter", "a model of moving pictures"),
            Map.entry("depth_estimator", "a depth model"),
            Map.entry("low_res_scheduler", "an upscaler"),
            Map.entry("image_noising_scheduler", "Stable Diffusion unCLIP"));

    private FolderKind() {}

    /**
     * Refuses what is not Stable Diffusion 1.x, 2.x or XL base.
     *
     * @param needed components that must be listed
     */
    static void refuseOthers(ConfigFile index, List<String> needed) throws ModelException {
        String pipeline = ConfigFile.abbreviated(index.text("_class_name").orElse("unknown"));
        Optional<String> other = OTHERS.keySet().stream()
                .filter(key -> isListed(index, key))
                .sorted()
                .findFirst();
        if (other.isPresent()) {
            throw new UnsupportedModelException(index.path() + " lists a " + other.get() + " (pipeline " + pipeline
                    + "): " + OTHERS.get(other.get()) + "; only Stable Diffusion 1.x, 2.x and XL are supported");
        }
        if (isListed(index, "text_encoder_2") && !isListed(index, "text_encoder")) {
            throw new UnsupportedModelException(index.path() + " lists a text_encoder_2 alone: the refiner of Stable"
                    + " Diffusion XL; only Stable Diffusion 1.x, 2.x and XL base are supported");
        }
        for (String component : needed) {
            if (!isListed(index, component)) {
                throw new UnsupportedModelException(
                        index.path() + " lists no " + component + " (pipeline " + pipeline + ")");
            }
        }
    }

    /** Whether a component is there: one that is left out is null, or a pair of nulls. */
    static boolean isListed(ConfigFile index, String component) {
        Object value = index.values().get(component);
        return value != null && !(value instanceof List<?> pair && pair.stream().allMatch(part -> part == null));
    }
}
