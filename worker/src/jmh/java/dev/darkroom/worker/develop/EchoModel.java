package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import java.util.function.Function;

/** A model whose UNet computes nothing: what is left is the work around it. */
final class EchoModel implements LoadedModel {
    private final RowwiseModel rest = new RowwiseModel();
    private final Function<UnetRows, Tensor> call;

    EchoModel(Function<UnetRows, Tensor> call) {
        this.call = call;
    }

    @Override
    public ModelDescription description() {
        return rest.description();
    }

    @Override
    public String sha256() {
        return rest.sha256();
    }

    @Override
    public ClipTokenizer tokenizer() {
        return rest.tokenizer();
    }

    @Override
    public TextEncoder textEncoder() {
        return rest.textEncoder();
    }

    @Override
    public Unet unet() {
        return new Unet() {
            @Override
            public Tensor predict(UnetRows rows, Interruption interruption) {
                return call.apply(rows);
            }

            @Override
            public boolean rowsAreIndependent() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public VaeDecoder vaeDecoder() {
        return rest.vaeDecoder();
    }

    @Override
    public VaeEncoder vaeEncoder() {
        return rest.vaeEncoder();
    }

    @Override
    public void close() {
        rest.close();
    }
}
