package dev.darkroom.worker;

import dev.darkroom.worker.diffusion.schedule.StableDiffusion;
import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A model that paints black pictures and computes nothing; a call of its UNet takes a given time, on no processor. */
final class InstantModel implements LoadedModel {
    private static final int SIZE = 64;

    private final String id;
    private final ClipTokenizer tokenizer;
    private final Duration step;

    private InstantModel(String id, ClipTokenizer tokenizer, Duration step) {
        this.id = id;
        this.tokenizer = tokenizer;
        this.step = step;
    }

    /** Loads it in the place of any model, of which only the tokenizer is read. */
    record Loader(Duration step) implements ModelLoader {
        @Override
        public LoadedModel load(ModelFiles files) throws ModelException {
            return new InstantModel(
                    files.id(),
                    Checkpoint.open(TestStack.MODELS.resolve("shapes")).tokenizer(),
                    step);
        }

        @Override
        public long memory(ModelFiles files) {
            return 1;
        }
    }

    @Override
    public ModelDescription description() {
        Map<String, Object> scheduler = StableDiffusion.settings(Map.of("_class_name", "DDIMScheduler"));
        return new ModelDescription(
                id,
                ModelFamily.SD1,
                Precision.FP32,
                4,
                false,
                ModelDefaults.NONE,
                4,
                8,
                SIZE,
                2,
                false,
                7.5,
                scheduler);
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
                return new TextEncoding(new Tensor(new float[tokens.length], tokens.length, 1, 1));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Unet unet() {
        return new Unet() {
            @Override
            public boolean rowsAreIndependent() {
                return true;
            }

            @Override
            public Tensor predict(UnetRows call, Interruption interruption) {
                pass(interruption);
                return new Tensor(
                        new float[call.latents().data().length], call.latents().shape());
            }

            @Override
            public void close() {}
        };
    }

    private void pass(Interruption interruption) {
        if (step.isZero()) {
            return;
        }
        CountDownLatch raised = new CountDownLatch(1);
        interruption.onRaise(raised::countDown);
        try {
            if (raised.await(step.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InferenceException("Interrupted", new IllegalStateException());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public VaeDecoder vaeDecoder() {
        return new VaeDecoder() {
            @Override
            public Tensor decode(Tensor latents) {
                int height = latents.shape()[2] * 8;
                int width = latents.shape()[3] * 8;
                return new Tensor(new float[3 * height * width], 1, 3, height, width);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public VaeEncoder vaeEncoder() {
        throw new AssertionError("No job here begins with a picture");
    }

    @Override
    public void close() {}
}
