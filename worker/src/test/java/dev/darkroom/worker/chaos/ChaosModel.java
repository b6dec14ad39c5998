package dev.darkroom.worker.chaos;

import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A model that computes next to nothing, the same in every process. By its name it is {@link #STEADY}, or fails: always
 * ({@link #BROKEN}), or at the first call with given latents by any process ({@link #SHAKY}).
 */
public final class ChaosModel implements LoadedModel {
    static final String STEADY = "steady";
    static final String BROKEN = "broken";
    static final String SHAKY = "shaky";
    static final List<String> ALL = List.of(STEADY, BROKEN, SHAKY);

    private static final Duration STEP = Duration.ofMillis(1);
    /** More than there will ever be, and still far from what a semaphore can hold. */
    private static final int PERMITS = 1_000_000_000;

    private final RowwiseModel rows;
    private final Path notes;
    private final String id;
    private final Duration step;

    ChaosModel(String id, Path notes, Duration step) {
        this.id = id;
        this.notes = notes;
        this.step = step;
        rows = new RowwiseModel(id);
        rows.steps.release(PERMITS);
    }

    /** Loads the models, each of which takes no memory to speak of. */
    public static final class Loader implements ModelLoader {
        private final Path notes;

        /**
         * Makes a loader.
         *
         * @param notes a folder that all processes share
         */
        public Loader(Path notes) {
            this.notes = notes;
        }

        @Override
        public LoadedModel load(ModelFiles files) {
            return new ChaosModel(files.id(), notes, STEP);
        }

        @Override
        public long memory(ModelFiles files) {
            return 1;
        }
    }

    private final Unet unet = new Unet() {
        @Override
        public boolean rowsAreIndependent() {
            return true;
        }

        @Override
        public Tensor predict(UnetRows call, Interruption interruption) {
            LockSupport.parkNanos(step.toNanos()); // what a card would take
            failIfDue(call.latents());
            return rows.unet().predict(call, interruption);
        }

        @Override
        public void close() {}
    };

    private void failIfDue(Tensor latents) {
        if (id.equals(BROKEN) || (id.equals(SHAKY) && isFirst(Integer.toHexString(Arrays.hashCode(latents.data()))))) {
            throw new InferenceException("The model fails on purpose", new IllegalStateException());
        }
    }

    private boolean isFirst(String name) {
        try {
            Files.createFile(notes.resolve(name));
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw new InferenceException("The model cannot write its note", e);
        }
    }

    @Override
    public ModelDescription description() {
        return rows.description();
    }

    @Override
    public String sha256() {
        return rows.sha256();
    }

    @Override
    public ClipTokenizer tokenizer() {
        return rows.tokenizer();
    }

    @Override
    public TextEncoder textEncoder() {
        return rows.textEncoder();
    }

    @Override
    public Unet unet() {
        return unet;
    }

    @Override
    public VaeDecoder vaeDecoder() {
        return rows.vaeDecoder();
    }

    @Override
    public VaeEncoder vaeEncoder() {
        return rows.vaeEncoder();
    }

    @Override
    public void close() {
        rows.close();
    }
}
