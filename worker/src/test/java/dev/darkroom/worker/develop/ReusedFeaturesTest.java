package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GuidanceInterval;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs of which some steps reuse the deep features of an earlier one. */
class ReusedFeaturesTest {
    private static final int STEPS = 8;
    private static final double GUIDED = 4;

    private final ResumeFixture fixture = new ResumeFixture();
    private final RowwiseModel model = fixture.model;

    @Test
    void oneStepOfSoManyRunsTheWholeUnet() {
        Generation job = prepare(request("ddim", 1).with(GuidanceInterval.ALWAYS, 3));
        ResumeFixture.toTheEnd(job);
        assertThat(model.shallowCalls).containsExactly(false, true, true, false, true, true, false, true);
        assertThat(model.rowsOfCalls).containsOnly(2);
        assertThat(job.images().get(0).features())
                .as("nothing is kept after the last step")
                .isEmpty();
    }

    @Test
    void theFirstStepIsThatOfAJobWithoutAndTheSecondIsNot() {
        Generation plain = prepare(request("ddim", 1));
        Generation job = prepare(request("ddim", 1).with(GuidanceInterval.ALWAYS, 2));
        ResumeFixture.step(plain);
        ResumeFixture.step(job);
        assertThat(job.images().get(0).latents())
                .isEqualTo(plain.images().get(0).latents());
        ResumeFixture.step(plain);
        ResumeFixture.step(job);
        assertThat(job.images().get(0).latents())
                .isNotEqualTo(plain.images().get(0).latents());
    }

    @Test
    void anIntervalOfOneIsNoReuse() {
        List<float[]> plain = ResumeFixture.toTheEnd(prepare(request("ddim", 2)));
        assertThat(ResumeFixture.toTheEnd(prepare(request("ddim", 2).with(GuidanceInterval.ALWAYS, 1))))
                .containsExactly(plain.toArray(new float[0][]));
        assertThat(model.shallowCalls).doesNotContain(true);
    }

    /** There are no features for a negative prompt that no row had; for fewer rows those of the prompt do. */
    @Test
    void aStepThatBeginsToBeGuidedRunsTheWholeUnet() {
        ResumeFixture.toTheEnd(prepare(request("ddim", 1).with(new GuidanceInterval(0.25, 0.75), 4)));
        assertThat(model.rowsOfCalls).containsExactly(1, 1, 2, 2, 2, 2, 1, 1);
        assertThat(model.shallowCalls).containsExactly(false, true, false, true, false, true, true, true);
    }

    @Test
    void wholeCallsAreSharedWithOtherJobsAndShallowOnesAreNot() {
        Generation reusing = prepare(request("ddim", 1).with(GuidanceInterval.ALWAYS, 2));
        Generation plain = prepare(request("ddim", 1));
        Seating seating = new Seating(new CallSizes(CallRules.strict(4)));
        for (int call = 0; call < 3; call++) {
            Batch batch = seating.next(List.of(reusing, plain));
            batch.step(batch.predict());
            seating.made(batch);
        }
        assertThat(model.rowsOfCalls).startsWith(4, 2);
        assertThat(model.shallowCalls.get(0)).isFalse();
    }

    /** It goes back to the latest whole step, and not to its beginning. */
    @ParameterizedTest
    @ValueSource(strings = {"ddim", "euler_a", "dpmpp_2m_karras", "heun", "unipc", "lms"})
    void theBytesAreTheSameForAJobThatIsHandedOn(String scheduler) throws Exception {
        DevelopRequest request = request(scheduler, 3).with(new GuidanceInterval(0.2, 1), 3);
        List<float[]> expected = ResumeFixture.toTheEnd(prepare(request));

        int calls = 0;
        for (int stopAfter = 4; calls < 2 * STEPS; stopAfter++) {
            Generation first = fixture.after(request, stopAfter);
            calls = first.calls();
            byte[] left = ResumeFixture.bytes(first);
            Generation second = prepare(request);
            ResumePoint.resume(second, left, ResumeFixture.ORIGIN);
            assertThat(second.calls()).isPositive().isBetween(calls - 2 * 3, calls);
            assertThat(ResumeFixture.toTheEnd(second)).containsExactly(expected.toArray(new float[0][]));
        }
    }

    @Test
    void aResumePointIsOfOneInterval() {
        DevelopRequest request = request("ddim", 3);
        byte[] left = ResumeFixture.bytes(fixture.after(request.with(GuidanceInterval.ALWAYS, 2), 4));
        assertThatThrownBy(() -> ResumePoint.resume(prepare(request), left, ResumeFixture.ORIGIN))
                .isInstanceOf(UnusableResumePointException.class);
    }

    /** Its first whole step is not worth a resume point: nothing would be saved. */
    @Test
    void withinTheFirstIntervalThereIsNothingToGoOnFrom() {
        Generation stopped =
                ResumeFixture.stopped(fixture.after(request("ddim", 1).with(GuidanceInterval.ALWAYS, 4), 2));
        assertThat(ResumePoint.of(stopped, ResumeFixture.ORIGIN, ResumeFixture.MOST))
                .isEmpty();
    }

    private DevelopRequest request(String scheduler, int images) {
        return fixture.request(scheduler, GUIDED, STEPS, images);
    }

    private static Generation prepare(DevelopRequest request) {
        return ResumeFixture.prepare(request);
    }
}
