package dev.darkroom.worker;

import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A LoRA for the demo model: nobody trained it, but it changes pictures. */
final class DemoLora {
    private static final long RANK = 2;

    private DemoLora() {}

    /** Writes one whose numbers follow from a seed. */
    static Path write(Path file, long seed) throws IOException {
        SafetensorsFile unet =
                SafetensorsFile.open(TestStack.MODELS.resolve("shapes/unet/diffusion_pytorch_model.safetensors"));
        List<SafetensorsWriter.Spec> specs = new ArrayList<>();
        for (String name : unet.names()) {
            if (name.endsWith(".attn2.to_v.weight") || name.endsWith(".conv1.weight")) {
                List<Long> shape = unet.find(name).orElseThrow().shape();
                List<Long> down = new ArrayList<>(shape);
                down.set(0, RANK);
                String module = "lora_unet_" + name.replace(".weight", "").replace('.', '_');
                specs.add(new SafetensorsWriter.Spec(module + ".lora_down.weight", DataType.F32, down));
                specs.add(new SafetensorsWriter.Spec(
                        module + ".lora_up.weight", DataType.F32, List.of(shape.get(0), RANK)));
            }
        }
        Random random = new Random(seed);
        SafetensorsWriter.write(file, specs, (spec, first, target) -> {
            while (target.hasRemaining()) {
                target.putFloat((float) random.nextGaussian() * 0.05f);
            }
        });
        return file;
    }
}
