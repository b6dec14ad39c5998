package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import dev.darkroom.worker.model.graph.GraphForm;
import java.util.Optional;

/**
 * The form that each network of a model is built in.
 *
 * @param text of the text encoders
 * @param vae of both halves of the VAE
 */
record NetworkForms(GraphForm unet, GraphForm text, GraphForm vae) {

    /**
     * The forms for a device: on CUDA float16 unless float32 is asked for, on the CPU float32 unless the UNet is to
     * multiply bytes. Stable Diffusion XL's VAE stays in float32 unless its configuration says that it was mended
     * ({@code force_upcast} false).
     */
    static NetworkForms of(
            RuntimeOptions.Device device, Optional<Precision> precision, ModelFamily family, VaeConfig vae) {
        GraphForm unet = unet(device, precision);
        boolean overflows = family == ModelFamily.SDXL && vae.forceUpcast();
        return switch (unet) {
            case CPU, CPU_INT8 -> new NetworkForms(unet, GraphForm.CPU, GraphForm.CPU);
            case CUDA_FLOAT32 -> new NetworkForms(unet, unet, unet);
            case CUDA_FLOAT16 -> new NetworkForms(unet, unet, overflows ? GraphForm.CUDA_FLOAT32 : unet);
        };
    }

    /** The form of a UNet. */
    static GraphForm unet(RuntimeOptions.Device device, Optional<Precision> precision) {
        if (device == RuntimeOptions.Device.CPU) {
            return precision.equals(Optional.of(Precision.INT8)) ? GraphForm.CPU_INT8 : GraphForm.CPU;
        }
        return precision.orElse(Precision.FP16) == Precision.FP16 ? GraphForm.CUDA_FLOAT16 : GraphForm.CUDA_FLOAT32;
    }

    /** What a network of a form computes in. */
    static Precision precision(GraphForm form) {
        return switch (form) {
            case CPU, CUDA_FLOAT32 -> Precision.FP32;
            case CPU_INT8 -> Precision.INT8;
            case CUDA_FLOAT16 -> Precision.FP16;
        };
    }
}
