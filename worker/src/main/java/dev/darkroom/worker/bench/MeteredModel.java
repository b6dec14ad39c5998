package dev.darkroom.worker.bench;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import java.util.Optional;
import java.util.function.Function;

/** A model of which every call of a network is metered. Closing it closes the model. */
final class MeteredModel extends ForwardingModel {
    private final BusyMeter meter;

    MeteredModel(LoadedModel model, BusyMeter meter) {
        super(model);
        this.meter = meter;
    }

    @Override
    public TextEncoder textEncoder() {
        return new MeteredTextEncoder(model.textEncoder(), meter);
    }

    @Override
    public TextEncoding encode(Function<ClipTokenizer, TokenRows> prompts, int clipSkip) {
        return meter.during(() -> model.encode(prompts, clipSkip));
    }

    @Override
    public Unet unet() {
        return new MeteredUnet(model.unet(), meter);
    }

    @Override
    public VaeDecoder vaeDecoder() {
        return new MeteredDecoder(model.vaeDecoder(), meter);
    }

    @Override
    public VaeEncoder vaeEncoder() throws ModelException {
        return new MeteredEncoder(model.vaeEncoder(), meter);
    }

    private record MeteredTextEncoder(TextEncoder encoder, BusyMeter meter) implements TextEncoder {
        @Override
        public TextEncoding encode(int[][] tokens, int clipSkip) {
            return meter.during(() -> encoder.encode(tokens, clipSkip));
        }

        @Override
        public void close() {
            encoder.close();
        }
    }

    private record MeteredUnet(Unet unet, BusyMeter meter) implements Unet {
        @Override
        public Tensor predict(UnetRows rows, Interruption interruption) {
            return meter.during(() -> unet.predict(rows, interruption));
        }

        @Override
        public Optional<DeepFeatures> deepFeatures() {
            return unet.deepFeatures().map(features -> new MeteredFeatures(features, meter));
        }

        @Override
        public boolean rowsAreIndependent() {
            return unet.rowsAreIndependent();
        }

        @Override
        public void close() {
            unet.close();
        }
    }

    private record MeteredFeatures(DeepFeatures features, BusyMeter meter) implements DeepFeatures {
        @Override
        public Prediction predict(UnetRows rows, Interruption interruption) {
            return meter.during(() -> features.predict(rows, interruption));
        }

        @Override
        public Tensor predictFrom(Tensor known, UnetRows rows, Interruption interruption) {
            return meter.during(() -> features.predictFrom(known, rows, interruption));
        }
    }

    private record MeteredDecoder(VaeDecoder decoder, BusyMeter meter) implements VaeDecoder {
        @Override
        public Tensor decode(Tensor latents) {
            return meter.during(() -> decoder.decode(latents));
        }

        @Override
        public void close() {
            decoder.close();
        }
    }

    private record MeteredEncoder(VaeEncoder encoder, BusyMeter meter) implements VaeEncoder {
        @Override
        public LatentDistribution encode(Tensor pictures) {
            return meter.during(() -> encoder.encode(pictures));
        }

        @Override
        public void close() {
            encoder.close();
        }
    }
}
