package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.StableDiffusion;
import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.InsufficientMemoryException;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntPredicate;

/**
 * A model whose UNet computes each row from that row alone (latents, timestep and text all count), so that a picture can
 * only change in company if the loop mixes rows up. It waits for permits, so that a test decides when steps
 * happen, and can be interrupted while it waits. Its decoder paints with the latents themselves.
 */
public final class RowwiseModel implements LoadedModel {
    static final int TOKENS = 3;
    static final int WIDTH = 2;

    /** Rows of each call of the UNet so far. */
    public final List<Integer> rowsOfCalls = new CopyOnWriteArrayList<>();
    /** What the UNet was told of guidance so far. */
    final List<float[]> guidanceOfCalls = new CopyOnWriteArrayList<>();
    /** A call of the UNet takes one. */
    public final Semaphore steps = new Semaphore(0);
    /** Whether the UNet fails. */
    public volatile boolean broken;
    /** Rows that the UNet has memory for. */
    public volatile int rowsThatFit = Integer.MAX_VALUE;
    /** Which rows of a call the UNet gives infinite numbers for. */
    public volatile IntPredicate infiniteRows = row -> false;

    public volatile Precision precision = Precision.FP32;
    public volatile int unetChannels = 4;
    public volatile ModelDefaults defaults = ModelDefaults.NONE;
    /** Whether the UNet is told the guidance. */
    public volatile boolean guidanceEmbedded;
    /** Whether the UNet tells its deep features, and can do without its deep part. */
    public volatile boolean reusable = true;
    /** Calls of the UNet so far that did without. */
    final List<Boolean> shallowCalls = new CopyOnWriteArrayList<>();

    /** Whether a row's last bits depend on how many rows there are. */
    public volatile boolean companyCounts;

    public volatile boolean closed;
    /** What is added to every value of an encoded text. */
    volatile float textOffset;

    private final ClipTokenizer tokenizer = demoTokenizer();
    private final AtomicReference<Runnable> onCall = new AtomicReference<>(() -> {});
    private final AtomicReference<Runnable> onEncode = new AtomicReference<>(() -> {});
    private final AtomicReference<Runnable> onDecode = new AtomicReference<>(() -> {});
    private final String id;

    RowwiseModel() {
        this("rowwise");
    }

    public RowwiseModel(String id) {
        this.id = id;
    }

    /** Runs something within each call of the UNet, on the loop's thread. */
    public void onCall(Runnable action) {
        onCall.set(action);
    }

    /** Runs something within each encoding of texts. */
    void onEncode(Runnable action) {
        onEncode.set(action);
    }

    /** Runs something within each decoding of a picture. */
    public void onDecode(Runnable action) {
        onDecode.set(action);
    }

    private static ClipTokenizer demoTokenizer() {
        try {
            return Checkpoint.open(Path.of("../deploy/models/shapes")).tokenizer();
        } catch (ModelException e) {
            throw new AssertionError("The demo model is in the repository", e);
        }
    }

    @Override
    public ModelDescription description() {
        return new ModelDescription(
                id,
                ModelFamily.SD1,
                precision,
                unetChannels,
                guidanceEmbedded,
                defaults,
                4,
                8,
                64,
                2,
                false,
                7.5,
                StableDiffusion.settings(Map.of("_class_name", "DDIMScheduler")));
    }

    @Override
    public String sha256() {
        return "0".repeat(64);
    }

    @Override
    public ClipTokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public TextEncoder textEncoder() {
        return new TextEncoder() {
            @Override
            public TextEncoding encode(int[][] tokens, int clipSkip) {
                onEncode.get().run();
                float[] context = new float[tokens.length * TOKENS * WIDTH];
                for (int row = 0; row < tokens.length; row++) {
                    for (int i = 0; i < TOKENS * WIDTH; i++) {
                        context[row * TOKENS * WIDTH + i] = tokens[row][1 + i % TOKENS] * 0.01f + clipSkip + textOffset;
                    }
                }
                return new TextEncoding(new Tensor(context, tokens.length, TOKENS, WIDTH));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Unet unet() {
        return unet;
    }

    private final Unet unet = new Unet() {
        @Override
        public Tensor predict(UnetRows call, Interruption interruption) {
            return compute(deep(call), call, interruption, false);
        }

        @Override
        public Optional<DeepFeatures> deepFeatures() {
            return reusable ? Optional.of(deepFeatures) : Optional.empty();
        }

        private final DeepFeatures deepFeatures = new DeepFeatures() {
            @Override
            public int channels() {
                return 1;
            }

            @Override
            public Prediction predict(UnetRows call, Interruption interruption) {
                return new Prediction(unet.predict(call, interruption), deep(call));
            }

            @Override
            public Tensor predictFrom(Tensor features, UnetRows call, Interruption interruption) {
                return compute(features, call, interruption, true);
            }
        };

        // Of each row the text, and what its latents are at the time: as many values as the latents' first channel.
        private Tensor deep(UnetRows call) {
            int[] shape = call.latents().shape();
            int size = shape[2] * shape[3];
            float[] features = new float[call.count() * size];
            for (int at = 0; at < features.length; at++) {
                int first = at / size * call.latents().rowSize() + at % size;
                features[at] = text(call, at / size) + call.latents().data()[first] * 0.125f;
            }
            return new Tensor(features, shape[0], 1, shape[2], shape[3]);
        }

        private float text(UnetRows call, int row) {
            float text = 0;
            for (float value : call.context().row(row)) {
                text += value;
            }
            return text;
        }

        private Tensor compute(Tensor features, UnetRows call, Interruption interruption, boolean shallow) {
            Tensor latents = call.latents();
            awaitStep(interruption);
            float[] timesteps = call.timesteps();
            rowsOfCalls.add(timesteps.length);
            shallowCalls.add(shallow);
            call.guidance().ifPresent(guidanceOfCalls::add);
            onCall.get().run();
            if (broken) {
                throw new InferenceException("The UNet is broken", new IllegalStateException());
            }
            if (timesteps.length > rowsThatFit) {
                throw new InsufficientMemoryException("The UNet has no memory", new IllegalStateException());
            }
            int size = 4 * latents.shape()[2] * latents.shape()[3];
            float[] out = new float[timesteps.length * size];
            float[] own = deep(call).data();
            for (int row = 0; row < timesteps.length; row++) {
                float text = text(call, row);
                for (int i = 0; i < size; i++) {
                    int at = row * size + i;
                    int deep = row * features.rowSize() + i % features.rowSize();
                    float difference = features.data()[deep] - own[deep]; // none in a whole call
                    float latent = latents.data()[row * latents.rowSize() + i];
                    out[at] = latent * 0.5f + text + timesteps[row] * 0.001f + difference;
                    out[at] += companyCounts ? Math.ulp(out[at]) * timesteps.length : 0;
                }
                if (infiniteRows.test(row)) {
                    out[row * size] = Float.POSITIVE_INFINITY;
                }
            }
            return new Tensor(out, timesteps.length, 4, latents.shape()[2], latents.shape()[3]);
        }

        // Takes a permit; a call that is interrupted while it waits for one leaves all permits to later calls.
        private void awaitStep(Interruption interruption) {
            AtomicBoolean waits = new AtomicBoolean(true);
            interruption.onRaise(() -> {
                if (waits.getAndSet(false)) {
                    steps.release();
                }
            });
            steps.acquireUninterruptibly();
            if (!waits.getAndSet(false)) {
                throw new InferenceException("The UNet was interrupted", new IllegalStateException());
            }
        }

        @Override
        public boolean rowsAreIndependent() {
            return !companyCounts;
        }

        @Override
        public void close() {}
    };

    private final VaeDecoder vaeDecoder = new VaeDecoder() {
        @Override
        public Tensor decode(Tensor latents) {
            onDecode.get().run();
            int scale = description().latentScale();
            int height = latents.shape()[2] * scale;
            int width = latents.shape()[3] * scale;
            float[] pixels = new float[3 * height * width];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (float) Math.tanh(latents.data()[i % latents.data().length]);
            }
            return new Tensor(pixels, 1, 3, height, width);
        }

        @Override
        public void close() {}
    };

    @Override
    public VaeDecoder vaeDecoder() {
        return vaeDecoder;
    }

    @Override
    public VaeEncoder vaeEncoder() {
        return new BlockEncoder();
    }

    @Override
    public void close() {
        closed = true;
    }
}
