package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class RowsAbreastTest {
    private final List<Integer> rowsOfCalls = new CopyOnWriteArrayList<>();

    /** Of the way with a thread for each there is none with {@code low}. */
    @ParameterizedTest
    @CsvSource({"FAST_START,HALVES,2", "STEADY,HALVES,2", "STEADY,ON_A_THREAD_EACH,2", "STEADY,ON_A_THREAD_EACH,4"})
    void theRowsOfTheDemoModelAreTheSame(Memory memory, RowsWay way, int threads) throws Exception {
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, threads, memory));
        LoadedModel model = loader.load(ModelFiles.of("shapes", Path.of("../deploy/models/shapes")));
        try (LoadedModel abreast = way.of(model, threads).orElseThrow()) {
            for (int rows = 1; rows <= 5; rows++) {
                UnetRows call = rows(rows, 4, 16, 77, 128);

                Tensor apart = abreast.unet().predict(call);

                Tensor whole = model.unet().predict(call);
                assertThat(apart.shape()).isEqualTo(whole.shape());
                assertThat(Arrays.equals(apart.data(), whole.data()))
                        .as("%d rows", rows)
                        .isTrue();
            }
        }
    }

    @Test
    void theHalvesRunAtTheSameTime() {
        CyclicBarrier both = new CyclicBarrier(2);
        try (Unet abreast = abreast(latents -> await(both, latents))) {
            UnetRows call = rows(5, 1, 2, 1, 1);

            assertThat(abreast.predict(call).data()).isEqualTo(call.latents().data());
            assertThat(rowsOfCalls).containsExactlyInAnyOrder(2, 3);
        }
    }

    @Test
    void aFailureOfEitherHalfIsThatOfTheCall() {
        for (int failing : new int[] {2, 3}) {
            try (Unet abreast = abreast(latents -> {
                if (latents.shape()[0] == failing) {
                    throw new InferenceException("half of " + failing + " rows", new IllegalStateException());
                }
                return latents;
            })) {
                assertThatThrownBy(() -> abreast.predict(rows(5, 1, 2, 1, 1)))
                        .isExactlyInstanceOf(InferenceException.class)
                        .hasMessage("half of " + failing + " rows");
            }
        }
        assertThat(rowsOfCalls).as("both halves of both calls").containsExactlyInAnyOrder(2, 3, 2, 3);
    }

    /** Fewer rows are not theirs. */
    @Test
    void asManyPartsRunAtTheSameTimeAsThereAreThreads() {
        CyclicBarrier all = new CyclicBarrier(3);
        List<Integer> rowsOfWhole = new CopyOnWriteArrayList<>();
        AtomicInteger closed = new AtomicInteger();
        Unet whole = unet(
                latents -> {
                    rowsOfWhole.add(latents.shape()[0]);
                    return latents;
                },
                () -> closed.addAndGet(10));
        Unet one = unet(latents -> await(all, latents), closed::incrementAndGet);
        try (Unet abreast = RowsAbreast.onAThreadEach(whole, one, 3, "test")) {
            UnetRows call = rows(5, 1, 2, 1, 1);

            assertThat(abreast.predict(call).data()).isEqualTo(call.latents().data());

            assertThat(rowsOfCalls).containsExactlyInAnyOrder(1, 2, 2);
            assertThat(rowsOfWhole).isEmpty();
            abreast.predict(rows(2, 1, 2, 1, 1));
            assertThat(rowsOfWhole).containsExactly(2);
        }
        assertThat(closed).as("the network for parts, and not the other").hasValue(1);
    }

    @Test
    void closingEndsTheCallsOfPartsThatAreUnderWay() throws Exception {
        CyclicBarrier both = new CyclicBarrier(3);
        CountDownLatch closed = new CountDownLatch(1);
        Unet one = unet(
                latents -> {
                    await(both, latents);
                    await(closed);
                    throw new InferenceException("was closed while it ran", new IllegalStateException());
                },
                closed::countDown);
        Unet abreast = RowsAbreast.onAThreadEach(unet(UnaryOperator.identity(), () -> {}), one, 2, "test");
        CompletableFuture<Tensor> call = CompletableFuture.supplyAsync(() -> abreast.predict(rows(2, 1, 2, 1, 1)));
        await(both, new Tensor(new float[1], 1, 1, 1, 1));

        abreast.close();

        assertThat(call)
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableOfType(ExecutionException.class)
                .withMessageContaining("was closed while it ran");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anErrorStaysAnError() {
        try (Unet abreast = abreast(latents -> {
            if (latents.shape()[0] == 3) {
                throw new OutOfMemoryError("Java heap space");
            }
            return latents;
        })) {
            assertThatThrownBy(() -> abreast.predict(rows(5, 1, 2, 1, 1))).isExactlyInstanceOf(OutOfMemoryError.class);
        }
    }

    @Test
    void anInterruptedThreadWaitsForBothHalvesAndStaysInterrupted() {
        try (Unet abreast = abreast(UnaryOperator.identity())) {
            Thread.currentThread().interrupt();

            Tensor prediction = abreast.predict(rows(2, 1, 2, 1, 1));

            assertThat(Thread.interrupted()).isTrue();
            assertThat(prediction.shape()[0]).isEqualTo(2);
        }
    }

    @Test
    void aClosedOneTakesNoCalls() {
        Unet abreast = abreast(UnaryOperator.identity());
        abreast.close();

        assertThatThrownBy(() -> abreast.predict(rows(2, 1, 2, 1, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    private Unet abreast(UnaryOperator<Tensor> predicting) {
        return RowsAbreast.halves(unet(predicting, () -> {}), "test");
    }

    private Unet unet(UnaryOperator<Tensor> predicting, Runnable closing) {
        return new Unet() {
            @Override
            public Tensor predict(UnetRows rows, Interruption interruption) {
                rowsOfCalls.add(rows.count());
                return predicting.apply(rows.latents());
            }

            @Override
            public boolean rowsAreIndependent() {
                return true;
            }

            @Override
            public void close() {
                closing.run();
            }
        };
    }

    private static Tensor await(CyclicBarrier all, Tensor latents) {
        try {
            all.await(30, TimeUnit.SECONDS);
            return latents;
        } catch (Exception e) {
            throw new IllegalStateException("The other parts have not come", e);
        }
    }

    private static UnetRows rows(int count, int channels, int side, int tokens, int width) {
        SplittableRandom random = new SplittableRandom(count);
        float[] timesteps = new float[count];
        for (int row = 0; row < count; row++) {
            timesteps[row] = 999 - 100 * row;
        }
        return new UnetRows(noise(random, count, channels, side, side), timesteps, noise(random, count, tokens, width));
    }

    private static Tensor noise(SplittableRandom random, int... shape) {
        float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return new Tensor(values, shape);
    }
}
