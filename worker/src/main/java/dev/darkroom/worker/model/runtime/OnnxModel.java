package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.model.AppliedEmbedding;
import dev.darkroom.worker.model.AppliedLora;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnusableEmbedding;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A checkpoint that was loaded; it owns its networks and the hash of its weights, which are all {@code parts}. */
record OnnxModel(
        ModelDescription description,
        ClipTokenizer tokenizer,
        TextEncoder textEncoder,
        Optional<SecondEncoder> second,
        Unet unet,
        VaeDecoder vaeDecoder,
        AtFirstUse<VaeEncoder> encoder,
        FileHash weights,
        List<LoraHash> loraHashes,
        List<AppliedEmbedding> embeddings,
        List<UnusableEmbedding> unusableEmbeddings,
        Closing parts)
        implements LoadedModel {

    /** The second text encoder of Stable Diffusion XL, with its tokenizer. */
    record SecondEncoder(ClipTokenizer tokenizer, TextEncoder encoder) {
        TextEncoding encode(Function<ClipTokenizer, TokenRows> prompts, int clipSkip) {
            return LoadedModel.encode(encoder, prompts.apply(tokenizer), clipSkip);
        }
    }

    /** With two encoders: their states side by side, and the second one's pooled form. */
    @Override
    public TextEncoding encode(Function<ClipTokenizer, TokenRows> prompts, int clipSkip) {
        TextEncoding first = LoadedModel.super.encode(prompts, clipSkip);
        return second.map(other -> joined(first.context(), other.encode(prompts, clipSkip)))
                .orElse(first);
    }

    private static TextEncoding joined(Tensor first, TextEncoding second) {
        Tensor other = second.context();
        int batch = first.shape()[0];
        if (other.shape()[0] != batch) {
            throw new IllegalStateException("The model's two tokenizers cut a prompt into " + batch + " and "
                    + other.shape()[0] + " rows: their vocabularies do not fit together");
        }
        int tokens = first.shape()[1];
        int left = first.shape()[2];
        int right = other.shape()[2];
        float[] context = new float[batch * tokens * (left + right)];
        for (int i = 0; i < batch * tokens; i++) {
            System.arraycopy(first.data(), i * left, context, i * (left + right), left);
            System.arraycopy(other.data(), i * right, context, i * (left + right) + left, right);
        }
        return new TextEncoding(new Tensor(context, batch, tokens, left + right), second.pooled());
    }

    @Override
    public VaeEncoder vaeEncoder() throws ModelException {
        return encoder.get();
    }

    @Override
    public String sha256() {
        return weights.sha256();
    }

    @Override
    public List<AppliedLora> loras() {
        return loraHashes.stream().map(LoraHash::applied).toList();
    }

    @Override
    public void close() {
        parts.close();
    }
}
