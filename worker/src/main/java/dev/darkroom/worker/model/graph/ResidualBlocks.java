package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import java.util.List;
import java.util.Optional;

/**
 * {@code ResnetBlock2D}: norm, SiLU, convolution, twice, beside a shortcut; in a UNet the embedded timestep is added
 * between the two.
 *
 * @param time {@code (batch, timeWidth)}, after its SiLU; absent in a VAE
 */
record ResidualBlocks(Layers layers, int groups, float epsilon, Optional<Value> time, int timeWidth) {

    Value add(Value x, String name, int in, int out) throws ModelException {
        Value h = layers.groupNormSilu(x, name + ".norm1", in, groups, epsilon);
        h = layers.convolution(h, name + ".conv1", in, out, 3);
        if (time.isPresent()) {
            Value projected = layers.linear(time.get(), name + ".time_emb_proj", timeWidth, out);
            Value broad = layers.graph().node("Reshape", List.of(projected, layers.constant(-1, out, 1, 1)));
            h = layers.add(h, broad);
        }
        h = layers.groupNormSilu(h, name + ".norm2", out, groups, epsilon);
        h = layers.convolution(h, name + ".conv2", out, out, 3);
        Value shortcut = in == out ? x : layers.convolution(x, name + ".conv_shortcut", in, out, 1);
        return layers.add(shortcut, h);
    }
}
