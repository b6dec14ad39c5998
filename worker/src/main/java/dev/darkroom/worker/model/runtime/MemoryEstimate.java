package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.checkpoint.Adaptation;
import dev.darkroom.worker.model.checkpoint.CheckpointSummary;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.safetensors.DataType;

/** About how much memory a model takes. */
final class MemoryEstimate {
    /**
     * What running takes besides: a part of the weights, for both grow with networks and pictures. One quarter is four rows
     * of Stable Diffusion 1.5 at its native size: two took 0.6 GB, eight 1.8 GB. So is a picture that is decoded; one that is
     * encoded takes half of that, at another time, and gives it back.
     */
    private static final int WEIGHTS_PER_WORKING_SET = 4;

    /** However small the networks are, their sessions and a picture take this much. */
    private static final long SMALLEST_WORKING_SET = 64 << 20;

    /**
     * Of a UNet in bytes, what a number takes: some stay in float32, and while it is loaded all bytes are there twice.
     */
    private static final double BYTES_OF_INT8 = 2;

    private MemoryEstimate() {}

    /**
     * Weights, in the precision that they are computed with whatever they are stored in, and the working set; in bytes.
     * Weights that stay in a mapped file count too: the system may drop them, and reads them again at every step. What
     * lies between the layers of a UNet in bytes is in float32, as its working set is.
     */
    static long of(CheckpointSummary checkpoint, NetworkForms forms) {
        double weights = 0;
        double working = 0;
        for (CheckpointSummary.Component component : checkpoint.components()) {
            GraphForm form = form(component, forms);
            weights += component.parameters() * bytes(form);
            working += component.parameters() * (form == GraphForm.CPU_INT8 ? Float.BYTES : bytes(form));
        }
        return (long) (weights + Math.max(working / WEIGHTS_PER_WORKING_SET, SMALLEST_WORKING_SET));
    }

    /**
     * What lies in direct memory beside the sessions while they are made: the weights that LoRAs change, in float32. Those of
     * a UNet in bytes are made one after the other.
     */
    static long ofMerging(Adaptation adapted, NetworkForms forms) {
        boolean inBytes = forms.unet() == GraphForm.CPU_INT8;
        return Float.BYTES * (inBytes ? adapted.textParameters() : adapted.parameters());
    }

    /**
     * What of {@link #of} are pages of the checkpoint's files: weights that are stored as they are computed with and that no
     * LoRA changes. The runtime maps them, so long as it copies none into another layout.
     */
    static long ofMapped(CheckpointSummary checkpoint, Adaptation adapted, NetworkForms forms) {
        long mapped = 0;
        for (CheckpointSummary.Component component : checkpoint.components()) {
            if (form(component, forms) == GraphForm.CPU) {
                long changed = Float.BYTES * adapted.parameters(component.name());
                mapped += Math.max(0, component.bytes().getOrDefault(DataType.F32, 0L) - changed);
            }
        }
        return mapped;
    }

    private static GraphForm form(CheckpointSummary.Component component, NetworkForms forms) {
        return switch (component.name()) {
            case "vae" -> forms.vae();
            case "unet" -> forms.unet();
            default -> forms.text();
        };
    }

    private static double bytes(GraphForm form) {
        return switch (NetworkForms.precision(form)) {
            case FP16 -> Short.BYTES;
            case FP32 -> Float.BYTES;
            case INT8 -> BYTES_OF_INT8;
        };
    }
}
