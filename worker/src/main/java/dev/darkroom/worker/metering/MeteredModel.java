package dev.darkroom.worker.metering;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.metering.NetworkCall.Network;
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
    private final CallMeter meter;

    MeteredModel(LoadedModel model, CallMeter meter) {
        super(model);
        this.meter = meter;
    }

    private NetworkCall call(Network network, int rows) {
        return new NetworkCall(model.description().id(), network, rows);
    }

    @Override
    public TextEncoder textEncoder() {
        return new MeteredTextEncoder(model.textEncoder());
    }

    @Override
    public TextEncoding encode(Function<ClipTokenizer, TokenRows> prompts, int clipSkip) {
        return meter.during(call(Network.TEXT_ENCODER, 1), () -> model.encode(prompts, clipSkip));
    }

    @Override
    public Unet unet() {
        return new MeteredUnet(model.unet());
    }

    @Override
    public VaeDecoder vaeDecoder() {
        return new MeteredDecoder(model.vaeDecoder());
    }

    @Override
    public VaeEncoder vaeEncoder() throws ModelException {
        return new MeteredEncoder(model.vaeEncoder());
    }

    private final class MeteredTextEncoder implements TextEncoder {
        private final TextEncoder encoder;

        MeteredTextEncoder(TextEncoder encoder) {
            this.encoder = encoder;
        }

        @Override
        public TextEncoding encode(int[][] tokens, int clipSkip) {
            return meter.during(call(Network.TEXT_ENCODER, tokens.length), () -> encoder.encode(tokens, clipSkip));
        }

        @Override
        public void close() {
            encoder.close();
        }
    }

    private final class MeteredUnet implements Unet {
        private final Unet unet;

        MeteredUnet(Unet unet) {
            this.unet = unet;
        }

        @Override
        public Tensor predict(UnetRows rows, Interruption interruption) {
            return meter.during(call(Network.UNET, rows.latents().shape()[0]), () -> unet.predict(rows, interruption));
        }

        @Override
        public Optional<DeepFeatures> deepFeatures() {
            return unet.deepFeatures().map(MeteredFeatures::new);
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

    private final class MeteredFeatures implements DeepFeatures {
        private final DeepFeatures features;

        MeteredFeatures(DeepFeatures features) {
            this.features = features;
        }

        @Override
        public int channels() {
            return features.channels();
        }

        @Override
        public Prediction predict(UnetRows rows, Interruption interruption) {
            return meter.during(call(Network.UNET, rows.count()), () -> features.predict(rows, interruption));
        }

        @Override
        public Tensor predictFrom(Tensor known, UnetRows rows, Interruption interruption) {
            return meter.during(
                    call(Network.UNET, rows.count()), () -> features.predictFrom(known, rows, interruption));
        }
    }

    private final class MeteredDecoder implements VaeDecoder {
        private final VaeDecoder decoder;

        MeteredDecoder(VaeDecoder decoder) {
            this.decoder = decoder;
        }

        @Override
        public Tensor decode(Tensor latents) {
            return meter.during(call(Network.VAE_DECODER, latents.shape()[0]), () -> decoder.decode(latents));
        }

        @Override
        public void close() {
            decoder.close();
        }
    }

    private final class MeteredEncoder implements VaeEncoder {
        private final VaeEncoder encoder;

        MeteredEncoder(VaeEncoder encoder) {
            this.encoder = encoder;
        }

        @Override
        public LatentDistribution encode(Tensor pictures) {
            return meter.during(call(Network.VAE_ENCODER, pictures.shape()[0]), () -> encoder.encode(pictures));
        }

        @Override
        public void close() {
            encoder.close();
        }
    }
}
