package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.checkpoint.CheckpointSummary;
import dev.darkroom.worker.model.graph.GraphForm;

/** About how much memory a model takes. */
final class MemoryEstimate {
    /**
     * What running takes besides: a part of the weights, for both grow with networks and pictures. One quarter is four rows
     * of Stable Diffusion 1.5 at its native size: two took 0.6 GB, eight 1.8 GB.
     */
    private static final int WEIGHTS_PER_WORKING_SET = 4;

    /** However small the networks are, their sessions and a picture take this much. */
    private static final long SMALLEST_WORKING_SET = 64 << 20;

    private MemoryEstimate() {}

    /**
     * Weights, in the precision that they are computed with whatever they are stored in, and the working set; in bytes.
     * Weights that stay in a mapped file count too: the system may drop them, and reads them again at every step.
     */
    static long of(CheckpointSummary checkpoint, NetworkForms forms) {
        long weights = checkpoint.components().stream()
                .mapToLong(component ->
                        component.parameters() * bytes(component.name().equals("vae") ? forms.vae() : forms.networks()))
                .sum();
        return weights + Math.max(weights / WEIGHTS_PER_WORKING_SET, SMALLEST_WORKING_SET);
    }

    private static int bytes(GraphForm form) {
        return switch (NetworkForms.precision(form)) {
            case FP16 -> Short.BYTES;
            case FP32 -> Float.BYTES;
        };
    }
}
