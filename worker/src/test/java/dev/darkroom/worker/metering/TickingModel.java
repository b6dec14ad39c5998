package dev.darkroom.worker.metering;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** Computes nothing; a call of a network sets a clock on, by an amount of the network's own. */
final class TickingModel implements LoadedModel {
    static final long ENCODE = 1;
    static final long ENCODE_ROWS = 10;
    static final long PREDICT = 100;
    static final long DECODE = 1_000;
    static final long ENCODE_PICTURE = 10_000;

    private static final Tensor NOTHING = new Tensor(new float[1], 1, 1, 1, 1);

    private final AtomicLong clock;
    private boolean closed;

    TickingModel(AtomicLong clock) {
        this.clock = clock;
    }

    @Override
    public Optional<CallTimes> callTimes() {
        return Optional.of(new CallTimes(64, new TreeMap<>(Map.of(1, Duration.ofMillis(7)))));
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public TextEncoding encode(Function<ClipTokenizer, TokenRows> prompts, int clipSkip) {
        clock.addAndGet(ENCODE);
        return new TextEncoding(NOTHING);
    }

    @Override
    public TextEncoder textEncoder() {
        return new TextEncoder() {
            @Override
            public TextEncoding encode(int[][] tokens, int clipSkip) {
                clock.addAndGet(ENCODE_ROWS);
                return new TextEncoding(NOTHING);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Unet unet() {
        return new Unet() {
            @Override
            public Tensor predict(UnetRows rows, Interruption interruption) {
                clock.addAndGet(PREDICT);
                return NOTHING;
            }

            @Override
            public Optional<DeepFeatures> deepFeatures() {
                return Optional.of(new TickingFeatures());
            }

            @Override
            public boolean rowsAreIndependent() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    private final class TickingFeatures implements DeepFeatures {
        @Override
        public int channels() {
            return 1;
        }

        @Override
        public Prediction predict(UnetRows rows, Interruption interruption) {
            clock.addAndGet(PREDICT);
            return new Prediction(NOTHING, NOTHING);
        }

        @Override
        public Tensor predictFrom(Tensor features, UnetRows rows, Interruption interruption) {
            clock.addAndGet(PREDICT);
            return NOTHING;
        }
    }

    @Override
    public VaeDecoder vaeDecoder() {
        return new VaeDecoder() {
            @Override
            public Tensor decode(Tensor latents) {
                clock.addAndGet(DECODE);
                return NOTHING;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public VaeEncoder vaeEncoder() {
        return new VaeEncoder() {
            @Override
            public LatentDistribution encode(Tensor pictures) {
                clock.addAndGet(ENCODE_PICTURE);
                return new LatentDistribution(NOTHING, NOTHING, 1, 0);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public ModelDescription description() {
        return new ModelDescription(
                "ticking",
                ModelFamily.SD1,
                Precision.FP32,
                4,
                false,
                ModelDefaults.NONE,
                4,
                8,
                64,
                2,
                false,
                7.5,
                Map.of());
    }

    @Override
    public String sha256() {
        clock.addAndGet(1_000_000); // no network's work
        return "0".repeat(64);
    }

    @Override
    public ClipTokenizer tokenizer() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        closed = true;
    }
}
