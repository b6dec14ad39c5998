package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.VaeDecoder;

/** A checkpoint that was loaded; it owns its networks and the hash of its weights, which are all {@code parts}. */
record OnnxModel(
        ModelDescription description,
        ClipTokenizer tokenizer,
        TextEncoder textEncoder,
        Unet unet,
        VaeDecoder vaeDecoder,
        FileHash weights,
        Closing parts)
        implements LoadedModel {

    @Override
    public String sha256() {
        return weights.sha256();
    }

    @Override
    public void close() {
        parts.close();
    }
}
