package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that are guided in some of their steps. */
class PartlyGuidedTest {
    private static final int STEPS = 10;
    private static final double GUIDED = 4;
    private static final double PLAIN = 1;
    private static final GuidanceInterval MIDDLE = new GuidanceInterval(0.2, 0.7);

    private final ResumeFixture fixture = new ResumeFixture();
    private final RowwiseModel model = fixture.model;

    /** DDIM remembers nothing, so that a step follows from its latents alone. */
    @Test
    void eachStepIsThatOfAGuidedOrOfAnUnguidedJob() {
        Generation job = prepare(request("ddim", GUIDED, 1).with(MIDDLE, 1));
        for (int step = 0; step < STEPS; step++) {
            boolean guided = step >= 2 && step < 7;
            float[] expected = stepped(
                    request("ddim", guided ? GUIDED : PLAIN, 1), job.images().get(0), step);
            float[] other = stepped(
                    request("ddim", guided ? PLAIN : GUIDED, 1), job.images().get(0), step);
            ResumeFixture.step(job);
            assertThat(job.images().get(0).latents())
                    .as("step %d", step)
                    .isEqualTo(expected)
                    .isNotEqualTo(other);
        }
    }

    @Test
    void aPictureTakesTwoRowsOnlyWhereItIsGuided() {
        ResumeFixture.toTheEnd(prepare(request("ddim", GUIDED, 1).with(MIDDLE, 1)));
        assertThat(model.rowsOfCalls).containsExactly(1, 1, 2, 2, 2, 2, 2, 1, 1, 1);
    }

    /** Of three pictures two are guided in a call of four rows; as soon as they are not, the third is beside them. */
    @Test
    void othersHaveTheRoom() {
        ResumeFixture.toTheEnd(prepare(request("ddim", GUIDED, 3).with(new GuidanceInterval(0, 0.5), 1)));
        assertThat(model.rowsOfCalls).containsExactly(4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 1, 1, 1, 1, 1);
    }

    @Test
    void fractionsAreOfTheCallsWhereAStepTakesTwo() {
        Generation job = prepare(request("heun", GUIDED, 1).with(new GuidanceInterval(0, 0.5), 1));
        assertThat(job.steps()).isEqualTo(2 * STEPS - 1);
        ResumeFixture.toTheEnd(job);
        assertThat(model.rowsOfCalls.indexOf(1)).isEqualTo(STEPS - 1);
        assertThat(model.rowsOfCalls.lastIndexOf(2)).isEqualTo(STEPS - 2);
    }

    @Test
    void aJobWithoutGuidanceStaysOne() {
        List<float[]> plain = ResumeFixture.toTheEnd(prepare(request("ddim", PLAIN, 2)));
        assertThat(ResumeFixture.toTheEnd(prepare(request("ddim", PLAIN, 2).with(MIDDLE, 1))))
                .containsExactly(plain.toArray(new float[0][]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ddim", "euler_a", "dpmpp_2m_karras", "heun"})
    void theBytesAreTheSameForAJobThatIsHandedOnAfterEachStep(String scheduler) throws Exception {
        DevelopRequest request = request(scheduler, GUIDED, 3).with(MIDDLE, 1);
        List<float[]> expected = ResumeFixture.toTheEnd(prepare(request));

        Generation worker = prepare(request);
        while (!ResumeFixture.isFinished(worker)) {
            ResumeFixture.step(worker);
            byte[] left = ResumeFixture.bytes(worker);
            worker = prepare(request);
            ResumePoint.resume(worker, left, ResumeFixture.ORIGIN);
        }

        assertThat(ResumeFixture.latents(worker)).containsExactly(expected.toArray(new float[0][]));
    }

    @Test
    void aResumePointIsOfOneInterval() {
        DevelopRequest request = request("ddim", GUIDED, 3);
        byte[] left = ResumeFixture.bytes(fixture.after(request.with(MIDDLE, 1), 2));
        assertThatThrownBy(() -> ResumePoint.resume(prepare(request), left, ResumeFixture.ORIGIN))
                .isInstanceOf(UnusableResumePointException.class);
    }

    /** The latents after one step of another job from where a picture is. */
    private static float[] stepped(DevelopRequest request, LatentImage from, int step) {
        Generation other = prepare(request);
        LatentImage image = other.images().get(0);
        if (step > 0) {
            image.resume(new PictureState(step, from.latents().clone(), new SolverHistory(), 0));
        }
        ResumeFixture.step(other);
        return image.latents();
    }

    private DevelopRequest request(String scheduler, double guidance, int images) {
        return fixture.request(scheduler, guidance, STEPS, images);
    }

    private static Generation prepare(DevelopRequest request) {
        return ResumeFixture.prepare(request);
    }
}
