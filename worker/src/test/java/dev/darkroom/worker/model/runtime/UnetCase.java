package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.io.IOException;
import java.util.List;

/** Runs a UNet on the inputs of a golden case. */
final class UnetCase {
    private UnetCase() {}

    /** The cases whose weights are in float32. */
    static List<String> names(Golden golden) {
        return golden.cases("output").stream()
                .filter(name -> !name.startsWith("half_weights"))
                .toList();
    }

    static Tensor predict(Unet unet, Golden golden, String name) throws IOException {
        return predict(unet, golden, name, golden.tensor(name + ".timestep").data().length);
    }

    /** Runs the first rows only. */
    static Tensor predict(Unet unet, Golden golden, String name, int count) throws IOException {
        float[] timesteps = golden.tensor(name + ".timestep", count).data();
        String own = name + ".encoder_hidden_states";
        Tensor context = golden.tensor(golden.has(own) ? own : "encoder_hidden_states", count);
        UnetRows rows = new UnetRows(golden.tensor(name + ".sample", count), timesteps, context);
        return unet.predict(
                golden.has("text_embeds")
                        ? rows.with(new AddedConditions(
                                golden.tensor("text_embeds", count), golden.tensor("time_ids", count)))
                        : rows);
    }
}
