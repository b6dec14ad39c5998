package dev.darkroom.worker.model;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.TokenRows;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Another model as it is, for those who change one thing about it: whatever else a model can tell is not lost on the way.
 * Closing it closes the model.
 */
public abstract class ForwardingModel implements LoadedModel {
    protected final LoadedModel model;

    protected ForwardingModel(LoadedModel model) {
        this.model = model;
    }

    @Override
    public ModelDescription description() {
        return model.description();
    }

    @Override
    public String sha256() {
        return model.sha256();
    }

    @Override
    public List<AppliedLora> loras() {
        return model.loras();
    }

    @Override
    public List<AppliedEmbedding> embeddings() {
        return model.embeddings();
    }

    @Override
    public List<UnusableEmbedding> unusableEmbeddings() {
        return model.unusableEmbeddings();
    }

    @Override
    public ClipTokenizer tokenizer() {
        return model.tokenizer();
    }

    @Override
    public TextEncoder textEncoder() {
        return model.textEncoder();
    }

    /** The model's own way, for it may have more than one encoder. */
    @Override
    public TextEncoding encode(Function<ClipTokenizer, TokenRows> prompts, int clipSkip) {
        return model.encode(prompts, clipSkip);
    }

    @Override
    public Unet unet() {
        return model.unet();
    }

    @Override
    public Optional<CallTimes> callTimes() {
        return model.callTimes();
    }

    @Override
    public VaeDecoder vaeDecoder() {
        return model.vaeDecoder();
    }

    @Override
    public VaeEncoder vaeEncoder() throws ModelException {
        return model.vaeEncoder();
    }

    @Override
    public void close() {
        model.close();
    }
}
