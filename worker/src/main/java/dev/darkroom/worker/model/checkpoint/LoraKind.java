package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.util.List;
import java.util.function.Predicate;

/** Refuses by name the relatives of LoRA that change weights in other ways. */
final class LoraKind {
    private record Other(String what, Predicate<String> tensor) {}

    private static final List<Other> OTHERS = List.of(
            new Other("a DoRA", name -> name.endsWith(".dora_scale") || name.contains(".lora_magnitude_vector")),
            new Other("a LoHa", name -> name.contains(".hada_")),
            new Other("a LoKr", name -> name.contains(".lokr_")),
            new Other("an OFT", name -> name.contains(".oft_")),
            new Other("a GLoRA", name -> name.endsWith(".a1.weight") || name.endsWith(".b1.weight")),
            new Other(
                    "a LoRA with whole weights or biases",
                    name -> name.endsWith(".diff")
                            || name.endsWith(".diff_b")
                            || name.endsWith(".lora_B.bias")
                            || name.endsWith(".reshape_weight")),
            new Other("a LoRA with a textual inversion in it", name -> name.startsWith("bundle_emb.")));

    private LoraKind() {}

    static void refuseOthers(SafetensorsFile file, String id) throws UnsupportedModelException {
        for (Other other : OTHERS) {
            for (String name : file.names()) {
                if (other.tensor().test(name)) {
                    throw new UnsupportedModelException("LoRA " + id + " (" + file.path() + ") is " + other.what()
                            + ", which is not supported: it has the tensor " + ConfigFile.abbreviated(name));
                }
            }
        }
    }
}
