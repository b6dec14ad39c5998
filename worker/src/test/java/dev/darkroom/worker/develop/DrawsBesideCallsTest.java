package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.Noise;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In the loop, a Brownian motion is drawn while the device computes, and the pictures are what they are without. */
@Timeout(60)
class DrawsBesideCallsTest {
    private static final int STEPS = 5;

    private final RowwiseModel model = new RowwiseModel();
    private final DenoisingLoop loop = new DenoisingLoop("test", 8);

    @AfterEach
    void close() {
        model.steps.release(1_000_000);
        loop.close();
    }

    /** A picture's noise that tells who draws it, and may fail. */
    private static final class WatchedNoise implements PictureNoise {
        private final PictureNoise noise;
        private final AtomicInteger left;
        final BlockingQueue<String> threads = new LinkedBlockingQueue<>();

        /** Fails after so many draws. */
        WatchedNoise(PictureNoise noise, int draws) {
            this.noise = noise;
            this.left = new AtomicInteger(draws);
        }

        @Override
        public long seed() {
            return noise.seed();
        }

        @Override
        public void randn(float[] values) {
            noise.randn(values);
        }

        @Override
        public void randn(long seed, float[] values) {
            threads.add(Thread.currentThread().getName());
            if (left.getAndDecrement() <= 0) {
                throw new IllegalStateException("No draw");
            }
            noise.randn(seed, values);
        }

        @Override
        public void skip(int count) {
            noise.skip(count);
        }
    }

    private Generation watched(Scheduler scheduler, List<WatchedNoise> noises) {
        DevelopRequest request = request(noises.size());
        List<LatentImage> images = noises.stream()
                .map(noise -> new LatentImage(noise, noise.randn(request.latentValues()), new Companion.None()))
                .toList();
        return new Generation(request, Share.EQUAL, PromptEncoding.of(request), scheduler, images, step -> {});
    }

    private DevelopRequest request(int images) {
        return DenoisingLoopTest.request(model, "abc", "dpmpp_sde", STEPS, 1, images);
    }

    private List<WatchedNoise> noises(int count, int draws) {
        return IntStream.range(0, count)
                .mapToObj(k -> new WatchedNoise(PictureNoise.of(Noise.TORCH_CPU, k), draws))
                .toList();
    }

    /** How many draws each call's step takes, and the latents. */
    private List<float[]> alone(List<WatchedNoise> noises, List<Integer> draws) {
        model.steps.release(1000);
        Generation generation = watched(request(1).newScheduler(), noises);
        while (!ResumeFixture.isFinished(generation)) {
            PipelineCase.step(List.of(generation));
            draws.add(noises.stream().mapToInt(noise -> noise.threads.size()).sum());
        }
        model.steps.drainPermits();
        return ResumeFixture.latents(generation);
    }

    /** The device is held until all is drawn that the step needs. */
    @Test
    void theLoopItselfDrawsNothingThatIsReadyInTime() throws Exception {
        List<Integer> draws = new ArrayList<>();
        List<float[]> expected = alone(noises(2, Integer.MAX_VALUE), draws);
        List<WatchedNoise> noises = noises(2, Integer.MAX_VALUE);
        Generation generation = watched(request(1).newScheduler(), noises);
        loop.submit(generation);
        for (int drawn : draws) {
            await(noises, drawn);
            model.steps.release();
        }
        generation.done().get(10, TimeUnit.SECONDS);

        assertThat(ResumeFixture.latents(generation)).containsExactly(expected.toArray(new float[0][]));
        assertThat(draws).hasSize(2 * STEPS - 1).last().isEqualTo(draws.get(2 * STEPS - 3));
        assertThat(noises).allSatisfy(noise -> assertThat(noise.threads).containsOnly("noise-test"));
    }

    @Test
    void theLoopDrawsWhatIsNot() throws Exception {
        List<float[]> expected = alone(noises(4, Integer.MAX_VALUE), new ArrayList<>());
        model.steps.release(1000); // calls that take no time
        Generation generation = watched(request(1).newScheduler(), noises(4, Integer.MAX_VALUE));
        loop.submit(generation);
        generation.done().get(10, TimeUnit.SECONDS);
        assertThat(ResumeFixture.latents(generation)).containsExactly(expected.toArray(new float[0][]));
    }

    @Test
    void aDrawThatFailsFailsItsJobAndNoOther() throws Exception {
        List<Integer> draws = new ArrayList<>();
        List<float[]> expected = alone(noises(1, Integer.MAX_VALUE), draws);
        Generation broken = watched(request(1).newScheduler(), noises(2, draws.get(2) + 1));
        Generation other = watched(request(1).newScheduler(), noises(1, Integer.MAX_VALUE));
        loop.submit(broken);
        loop.submit(other);
        model.steps.release(1000);

        assertThatThrownBy(() -> broken.done().get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .hasMessage("No draw");
        other.done().get(10, TimeUnit.SECONDS);
        assertThat(ResumeFixture.latents(other)).containsExactly(expected.toArray(new float[0][]));
        assertThat(broken.stepsDone()).isEqualTo(3);
    }

    @Test
    void aJobThatIsCancelledMeanwhileDrawsNoMore() throws Exception {
        List<WatchedNoise> noises = noises(1, Integer.MAX_VALUE);
        Generation cancelled = watched(request(1).newScheduler(), noises);
        loop.submit(cancelled);
        await(noises, 1);
        cancelled.cancel();
        assertThatThrownBy(() -> cancelled.done().get(10, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        int drawn = noises.get(0).threads.size();

        List<WatchedNoise> next = noises(1, Integer.MAX_VALUE);
        loop.submit(watched(request(1).newScheduler(), next));
        await(next, 1); // on the same thread, behind whatever was left
        assertThat(noises.get(0).threads).hasSize(drawn);
    }

    private static void await(List<WatchedNoise> noises, int draws) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (noises.stream().mapToInt(noise -> noise.threads.size()).sum() < draws) {
            assertThat(System.nanoTime()).as("%d draws", draws).isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
