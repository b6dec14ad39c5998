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

    /** A picture's noise that tells who draws it, and may be out of memory. */
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
                throw new OutOfMemoryError("No draw");
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
        model.rowsOfCalls.clear();
        Generation broken = watched(request(1).newScheduler(), noises(2, draws.get(2) + 1));
        Generation other = watched(request(1).newScheduler(), noises(1, Integer.MAX_VALUE));
        loop.submit(broken);
        loop.submit(other);
        model.steps.release(1000);

        assertThatThrownBy(() -> broken.done().get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessage("No draw");
        other.done().get(10, TimeUnit.SECONDS);
        assertThat(ResumeFixture.latents(other)).containsExactly(expected.toArray(new float[0][]));
        assertThat(broken.stepsDone()).isEqualTo(3);
        assertThat(model.rowsOfCalls).as("both in one call").contains(3);
        assertThat(model.rowsOfCalls.stream().mapToInt(rows -> rows).sum())
                .as("rows of all calls, of which none was made twice")
                .isEqualTo(2 * 4 + 2 * STEPS - 1);
    }

    /** The first call has no memory for four pictures, for which all is drawn by then; the later ones have two each. */
    @Test
    void whatIsDrawnForACallThatDoesNotFitIsThereForTheSmallerOnes() throws Exception {
        List<Integer> draws = new ArrayList<>();
        List<float[]> expected = alone(noises(4, Integer.MAX_VALUE), draws);
        model.rowsOfCalls.clear();
        model.rowsThatFit = 2;
        List<WatchedNoise> noises = noises(4, Integer.MAX_VALUE);
        Generation generation = watched(request(1).newScheduler(), noises);
        loop.submit(generation);
        await(noises, draws.get(0));
        model.steps.release(1000);
        generation.done().get(10, TimeUnit.SECONDS);

        assertThat(model.rowsOfCalls).startsWith(4, 2, 2).doesNotContain(3, 1);
        assertThat(ResumeFixture.latents(generation)).containsExactly(expected.toArray(new float[0][]));
        assertThat(noises.stream().mapToInt(noise -> noise.threads.size()).sum())
                .as("draws, of which none was made twice")
                .isEqualTo(draws.get(draws.size() - 1));
    }

    /** In the middle of a draw for its fourth call. */
    @Test
    void aJobThatIsCancelledMeanwhileDrawsNoMoreAndCanBeGoneOnWith() throws Exception {
        List<Integer> draws = new ArrayList<>();
        List<float[]> expected = alone(noises(1, Integer.MAX_VALUE), draws);
        List<WatchedNoise> noises = noises(1, Integer.MAX_VALUE);
        Generation cancelled = watched(request(1).newScheduler(), noises);
        loop.submit(cancelled);
        for (int drawn : draws.subList(0, 3)) {
            await(noises, drawn);
            model.steps.release();
        }
        await(noises, draws.get(2) + 1);
        cancelled.cancel();
        assertThatThrownBy(() -> cancelled.done().get(10, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        int drawn = noises.get(0).threads.size();
        ResumePoint left = ResumePoint.of(cancelled, ResumeFixture.ORIGIN, ResumeFixture.MOST)
                .orElseThrow();
        assertThat(left.calls()).isEqualTo(3);

        List<WatchedNoise> next = noises(1, Integer.MAX_VALUE);
        Generation resumed = watched(request(1).newScheduler(), next);
        ResumePoint.resume(resumed, left.bytes(), ResumeFixture.ORIGIN);
        loop.submit(resumed);
        await(next, 1); // on the same thread, behind whatever was left
        assertThat(noises.get(0).threads).hasSize(drawn);
        model.steps.release(1000);
        resumed.done().get(10, TimeUnit.SECONDS);
        assertThat(ResumeFixture.latents(resumed)).containsExactly(expected.toArray(new float[0][]));
    }

    private static void await(List<WatchedNoise> noises, int draws) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (noises.stream().mapToInt(noise -> noise.threads.size()).sum() < draws) {
            assertThat(System.nanoTime()).as("%d draws", draws).isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
