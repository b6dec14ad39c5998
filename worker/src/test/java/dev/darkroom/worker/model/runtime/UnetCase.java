package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.io.IOException;

/** Runs a UNet on the inputs of a golden case. */
final class UnetCase {
    private UnetCase() {}

    static Tensor predict(Unet unet, Golden golden, String name) throws IOException {
        float[] timesteps = golden.tensor(name + ".timestep").data();
        String own = name + ".encoder_hidden_states";
        Tensor context = golden.tensor(golden.has(own) ? own : "encoder_hidden_states", timesteps.length);
        UnetRows rows = new UnetRows(golden.tensor(name + ".sample"), timesteps, context);
        return unet.predict(
                golden.has("text_embeds")
                        ? rows.with(new AddedConditions(
                                golden.tensor("text_embeds", timesteps.length),
                                golden.tensor("time_ids", timesteps.length)))
                        : rows);
    }
}
