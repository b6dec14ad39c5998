package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ConcurrentUseTest {
    private static final Path SHAPES = Path.of(System.getProperty("basedir", "."), "../deploy/models/shapes");
    private static final OnnxModelLoader LOADER =
            new OnnxModelLoader(new RuntimeOptions(Device.CPU, 1, Memory.FAST_START));

    @Test
    void severalThreadsGetWhatOneGets() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (LoadedModel model = LOADER.load(ModelFiles.of("shapes", SHAPES))) {
            List<Future<float[]>> together = new ArrayList<>();
            for (int job = 0; job < 12; job++) {
                int seed = job;
                together.add(threads.submit(() -> predict(model, seed)));
            }
            for (int job = 0; job < 12; job++) {
                assertThat(together.get(job).get()).isEqualTo(predict(model, job));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Closing a session under a call would bring the process down. */
    @Test
    void closingEndsCallsUnderWayAndRefusesLaterOnes() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            LoadedModel model = LOADER.load(ModelFiles.of("shapes", SHAPES));
            List<Future<float[]>> calls = new ArrayList<>();
            for (int job = 0; job < 20; job++) {
                int seed = job;
                calls.add(threads.submit(() -> predict(model, seed)));
            }
            calls.get(2).get();
            model.close();
            int done = 0;
            for (Future<float[]> call : calls) {
                try {
                    assertThat(call.get()).hasSize(4 * 16 * 16);
                    done++;
                } catch (ExecutionException e) {
                    assertThat(e.getCause())
                            .isInstanceOfAny(InferenceException.class, IllegalStateException.class)
                            .hasMessageContaining("closed");
                }
            }
            assertThat(done).isBetween(1, 20);
        } finally {
            threads.shutdownNow();
        }
    }

    private static float[] predict(LoadedModel model, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Tensor latents = new Tensor(noise(random, 4 * 16 * 16), 1, 4, 16, 16);
        Tensor context = new Tensor(noise(random, 77 * 128), 1, 77, 128);
        float[] timesteps = new float[1];
        Arrays.fill(timesteps, random.nextInt(1000));
        return model.unet().predict(new UnetRows(latents, timesteps, context)).data();
    }

    private static float[] noise(SplittableRandom random, int size) {
        float[] noise = new float[size];
        for (int i = 0; i < size; i++) {
            noise[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return noise;
    }
}
