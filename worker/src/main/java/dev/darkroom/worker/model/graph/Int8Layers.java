package dev.darkroom.worker.model.graph;

import java.util.List;

/**
 * Which layers of a UNet multiply bytes: all but a few, that were left out because a picture is nearer without them, or
 * because they have one row for each picture and gain nothing.
 */
final class Int8Layers {
    /** Parts of the names of layers that stay in float32. */
    private static final List<String> IN_FLOAT32 = List.of(
            // What comes in, and what goes out.
            "conv_in",
            "conv_out",
            // One row for each picture.
            "time_emb",
            "add_embedding",
            // Sums that no norm has brought to one size: two kinds of them side by side.
            "conv_shortcut",
            // What a whole transformer adds to them: little of the work.
            "proj_out",
            // The text, which has a few very large values.
            "attn2.to_k",
            "attn2.to_v");

    private Int8Layers() {}

    static boolean has(Weight weight) {
        return IN_FLOAT32.stream().noneMatch(weight.name()::contains);
    }
}
