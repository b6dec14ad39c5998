package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import dev.darkroom.worker.model.graph.GraphForm;
import java.util.Optional;

/**
 * The form that each network of a model is built in.
 *
 * @param networks of the UNet and the text encoders
 * @param vae of both halves of the VAE
 */
record NetworkForms(GraphForm networks, GraphForm vae) {

    /**
     * The forms for a device: on CUDA float16 unless float32 is asked for, on the CPU always float32. Stable Diffusion
     * XL's VAE stays in float32 unless its configuration says that it was mended ({@code force_upcast} false).
     */
    static NetworkForms of(
            RuntimeOptions.Device device, Optional<Precision> precision, ModelFamily family, VaeConfig vae) {
        GraphForm networks = of(device, precision);
        boolean overflows = family == ModelFamily.SDXL && vae.forceUpcast();
        return new NetworkForms(
                networks, networks == GraphForm.CUDA_FLOAT16 && overflows ? GraphForm.CUDA_FLOAT32 : networks);
    }

    /** The form of a network that is not a VAE. */
    static GraphForm of(RuntimeOptions.Device device, Optional<Precision> precision) {
        if (device == RuntimeOptions.Device.CPU) {
            return GraphForm.CPU;
        }
        return precision.orElse(Precision.FP16) == Precision.FP16 ? GraphForm.CUDA_FLOAT16 : GraphForm.CUDA_FLOAT32;
    }

    /** What a network of a form computes in. */
    static Precision precision(GraphForm form) {
        return form == GraphForm.CUDA_FLOAT16 ? Precision.FP16 : Precision.FP32;
    }
}
