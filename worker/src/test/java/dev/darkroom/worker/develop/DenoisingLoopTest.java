package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DenoisingLoopTest {
    private static final int MAX_ROWS = 6;

    private final RowwiseModel model = new RowwiseModel();
    private final DenoisingLoop loop = new DenoisingLoop("test", MAX_ROWS);

    @AfterEach
    void close() {
        model.steps.release(1_000_000);
        loop.close();
    }

    @Test
    void aJobInCompanyHasTheBytesOfTheJobAlone() throws Exception {
        List<DevelopRequest> requests = List.of(
                request("abc", "ddim", 8, 4.0, 1),
                request("bca", "euler", 5, 1.0, 1),
                request("cab", "dpmpp_2m_karras", 9, 7.0, 2));
        List<float[]> alone = new ArrayList<>();
        for (DevelopRequest request : requests) {
            model.steps.release(100);
            Generation generation = prepare(request);
            loop.submit(generation);
            alone.addAll(latents(generation));
            model.steps.drainPermits();
        }
        model.rowsOfCalls.clear();

        // Each joins when the one before is two steps on.
        List<Generation> together = new ArrayList<>();
        for (DevelopRequest request : requests) {
            BlockingQueue<Integer> firstSteps = new LinkedBlockingQueue<>();
            Generation generation = Preparation.prepare(request, firstSteps::add);
            together.add(generation);
            loop.submit(generation);
            model.steps.release(2);
            firstSteps.take();
        }
        model.steps.release(100);

        List<float[]> inCompany = new ArrayList<>();
        for (Generation generation : together) {
            inCompany.addAll(latents(generation));
        }
        assertThat(model.rowsOfCalls).as("rows of each call").anyMatch(rows -> rows > 4);
        assertThat(inCompany).containsExactly(alone.toArray(new float[0][]));
    }

    @Test
    void picturesThatDoNotFitOneCallAreDoneInTurn() throws Exception {
        model.steps.release(1000);
        List<Integer> progress = new ArrayList<>();
        Generation generation = Preparation.prepare(request("abc", "ddim", 4, 4.0, 5), progress::add);
        loop.submit(generation);
        latents(generation);

        assertThat(model.rowsOfCalls).containsExactly(6, 6, 6, 6, 4, 4, 4, 4);
        assertThat(progress).isSorted().endsWith(4);
    }

    @Test
    void numbersThatAreNotFiniteFailTheirJobAndNoOther() throws Exception {
        DevelopRequest request = request("bca", "euler", 5, 1.0, 1);
        model.steps.release(100);
        Generation alone = prepare(request);
        loop.submit(alone);
        List<float[]> expected = latents(alone);
        model.steps.drainPermits();

        // The first is in row 0 of every call that it is in.
        BlockingQueue<Integer> steps = new LinkedBlockingQueue<>();
        Generation broken = Preparation.prepare(request("abc", "ddim", 8, 1.0, 1), steps::add);
        Generation other = prepare(request);
        loop.submit(broken);
        model.steps.release(1);
        steps.take();
        loop.submit(other);
        model.onCall(() -> {
            int last = model.rowsOfCalls.size() - 1;
            model.infiniteRows = row -> row == 0 && model.rowsOfCalls.get(last) == 2;
        });
        model.steps.release(100);

        assertThatThrownBy(() -> broken.done().get())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        NonFiniteException.class,
                        failure -> assertThat(failure.precision()).isEqualTo(Precision.FP32))
                .hasMessageContainingAll("rowwise", "not finite", "fp32", "of 8");
        assertThat(latents(other)).containsExactly(expected.toArray(new float[0][]));
        assertThat(model.rowsOfCalls).as("the calls that both shared").containsOnlyOnce(2);
    }

    @Test
    void aModelThatIsToldTheGuidanceIsAskedOnce() throws Exception {
        model.guidanceEmbedded = true;
        model.steps.release(100);
        Generation generation = prepare(request("abc", "ddim", 3, 4.0, 2));
        loop.submit(generation);
        latents(generation);

        assertThat(model.rowsOfCalls).containsExactly(2, 2, 2);
    }

    @Test
    void aCancelledJobLeavesAtTheNextStepAndTheOthersGoOn() throws Exception {
        Generation cancelled = prepare(request("abc", "ddim", 50, 4.0, 1));
        Generation other = prepare(request("bca", "ddim", 3, 4.0, 1));
        loop.submit(cancelled);
        loop.submit(other);
        cancelled.cancel();
        model.steps.release(10);

        assertThat(other.done().get(10, TimeUnit.SECONDS)).isSameAs(other);
        assertThatThrownBy(() -> cancelled.done().get(10, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        assertThat(cancelled.stepsDone()).isLessThanOrEqualTo(1);
    }

    @Test
    void aCallForACancelledJobAloneEndsWithinTheStep() throws Exception {
        Generation cancelled = prepare(request("abc", "ddim", 50, 4.0, 2));
        loop.submit(cancelled);
        awaitCall(0);
        cancelled.cancel();
        assertCancelled(cancelled);
        assertThat(cancelled.stepsDone()).isZero();

        model.steps.release(3);
        Generation next = prepare(request("abc", "ddim", 3, 4.0, 1));
        loop.submit(next);
        assertThat(latents(next)).hasSize(1);
    }

    @Test
    void aCallIsNotEndedWhileOneJobInItIsWanted() throws Exception {
        model.steps.release(3);
        Generation reference = prepare(request("bca", "ddim", 3, 4.0, 1));
        loop.submit(reference);
        List<float[]> alone = latents(reference);

        Generation cancelled = prepare(request("abc", "ddim", 50, 4.0, 1));
        Generation wanted = prepare(request("bca", "ddim", 3, 4.0, 1));
        loop.submit(cancelled);
        awaitCall(3);
        loop.submit(wanted);
        model.steps.release();
        awaitCall(4); // which is for both
        cancelled.cancel();
        model.steps.release(3);

        assertThat(latents(wanted)).containsExactly(alone.toArray(new float[0][]));
        assertCancelled(cancelled);
        assertThat(cancelled.stepsDone()).isEqualTo(2);
        assertThat(model.rowsOfCalls).containsExactly(2, 2, 2, 2, 4, 2, 2);
    }

    @Test
    void aCallThatAllJobsInItLeaveEnds() throws Exception {
        Generation first = prepare(request("abc", "ddim", 50, 4.0, 1));
        Generation second = prepare(request("bca", "ddim", 50, 4.0, 1));
        loop.submit(first);
        awaitCall(0);
        loop.submit(second);
        model.steps.release();
        awaitCall(1);
        first.cancel();
        assertThat(first.done()).isNotDone();
        second.cancel();

        assertCancelled(first);
        assertCancelled(second);
        assertThat(model.rowsOfCalls).containsExactly(2);
    }

    /** Its pictures are more than one call takes: the call that runs is for some of them. */
    @Test
    void aJobOfSeveralCallsEndsWithTheOneThatRuns() throws Exception {
        Generation cancelled = prepare(request("abc", "ddim", 50, 4.0, 5));
        loop.submit(cancelled);
        awaitCall(0);
        cancelled.cancel();

        assertCancelled(cancelled);
        assertThat(model.rowsOfCalls).isEmpty();
    }

    @Test
    void aCancelledJobEndsAsSuchWhateverItsLastCallDoes() throws Exception {
        Generation cancelled = prepare(request("abc", "ddim", 50, 4.0, 1));
        model.broken = true;
        model.onCall(cancelled::cancel);
        model.steps.release();
        loop.submit(cancelled);

        assertCancelled(cancelled);
    }

    /** Waits until the UNet has been called once more than the given number of times, and waits for its permit. */
    private void awaitCall(int before) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (model.rowsOfCalls.size() < before || !model.steps.hasQueuedThreads()) {
            assertThat(System.nanoTime()).as("time to see call " + (before + 1)).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static void assertCancelled(Generation generation) {
        assertThatThrownBy(() -> generation.done().get(10, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
    }

    @Test
    void aFailedCallFailsItsJobsAndTheLoopGoesOn() throws Exception {
        model.broken = true;
        model.steps.release(100);
        Generation unlucky = prepare(request("abc", "ddim", 5, 4.0, 1));
        loop.submit(unlucky);
        assertThatThrownBy(() -> unlucky.done().get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InferenceException.class);

        model.broken = false;
        Generation next = prepare(request("abc", "ddim", 5, 4.0, 1));
        loop.submit(next);
        assertThat(latents(next)).hasSize(1);
    }

    @Test
    void closingCancelsWhatIsInFlightAndWhatWaits() {
        Generation running = prepare(request("abc", "ddim", 50, 4.0, 1));
        loop.submit(running);
        model.steps.release(1_000_000);
        loop.close();

        assertThat(running.done()).isDone();
        assertThatThrownBy(() -> loop.submit(prepare(request("abc", "ddim", 5, 4.0, 1))))
                .hasMessageContaining("stopping");
    }

    private static List<float[]> latents(Generation generation) throws Exception {
        generation.done().get(10, TimeUnit.SECONDS);
        return generation.images().stream().map(LatentImage::latents).toList();
    }

    private static Generation prepare(DevelopRequest request) {
        return Preparation.prepare(request, step -> {});
    }

    private DevelopRequest request(String prompt, String scheduler, int steps, double guidance, int images) {
        return request(model, prompt, scheduler, steps, guidance, images);
    }

    static DevelopRequest request(
            RowwiseModel model, String prompt, String scheduler, int steps, double guidance, int images) {
        return new DevelopRequest(
                model,
                prompt,
                "",
                PromptSyntax.PLAIN,
                64,
                64,
                steps,
                guidance,
                scheduler,
                model.description().schedulerConfig(),
                7,
                Noise.TORCH_CPU,
                images,
                0,
                0,
                0);
    }
}
