package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When jobs join those in the loop. */
@Timeout(30)
class BatchAtATimeTest {
    private static final double GUIDED = 4;
    private static final double PLAIN = 1;

    private final RowwiseModel model = new RowwiseModel();

    @AfterEach
    void letTheLoopEnd() {
        model.steps.release(1_000_000);
    }

    @Test
    void aBatchIsWhatFillsACallAndTheNextOneWaits() throws Exception {
        assertThat(rowsOfCalls(Joining.WHEN_ALL_HAVE_LEFT)).containsExactly(1, 1, 1, 4, 4, 1, 1);
    }

    @Test
    void elseTheyJoinAtTheNextStep() throws Exception {
        List<Integer> calls = rowsOfCalls(Joining.AT_EACH_STEP);

        assertThat(calls).startsWith(1).hasSizeLessThan(7);
        assertThat(calls.subList(0, 3)).as("the first job's calls").anyMatch(rows -> rows > 1);
    }

    /** A job of more rows than a call has is a batch. */
    @ParameterizedTest
    @EnumSource(Joining.class)
    void aJobThatFitsNoCallIsDoneAllTheSame(Joining joining) throws Exception {
        model.steps.release(100);
        try (DenoisingLoop loop = loop(joining)) {
            Generation large = job(2, GUIDED, 3);
            Generation next = job(2, PLAIN, 1);
            loop.submit(large);
            loop.submit(next);

            assertThat(large.done().get(10, TimeUnit.SECONDS).calls()).isEqualTo(6);
            assertThat(next.done().get(10, TimeUnit.SECONDS)).isSameAs(next);
        }
    }

    /** Of a job of three steps, and of three that come after its first one: two with two rows, one with one. */
    private List<Integer> rowsOfCalls(Joining joining) throws Exception {
        try (DenoisingLoop loop = loop(joining)) {
            BlockingQueue<Integer> steps = new LinkedBlockingQueue<>();
            Generation first = Preparation.prepare(request(3, PLAIN, 1), steps::add);
            loop.submit(first);
            model.steps.release();
            assertThat(steps.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
            List<Generation> others = List.of(job(2, GUIDED, 1), job(2, GUIDED, 1), job(2, PLAIN, 1));
            others.forEach(loop::submit);
            model.steps.release(100);
            for (Generation job : others) {
                job.done().get(10, TimeUnit.SECONDS);
            }
        }
        return model.rowsOfCalls;
    }

    private static DenoisingLoop loop(Joining joining) {
        return new DenoisingLoop("test", CallRules.strict(4), () -> joining, StallLimits.GENEROUS, System::nanoTime);
    }

    private Generation job(int steps, double guidance, int pictures) {
        return Preparation.prepare(request(steps, guidance, pictures), step -> {});
    }

    private DevelopRequest request(int steps, double guidance, int pictures) {
        return CompanyTest.request(model, "abc", 64, 64, "ddim", steps, guidance, pictures);
    }
}
