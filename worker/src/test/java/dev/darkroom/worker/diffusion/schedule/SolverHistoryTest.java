package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SolverHistoryTest {
    private static final int SIZE = 8;

    static Stream<String> names() {
        return Schedulers.names().stream();
    }

    private static Scheduler scheduler(String name, boolean skipPrkSteps) {
        Map<String, Object> settings =
                StableDiffusion.settings(Map.of("solver_order", 3, "skip_prk_steps", skipPrkSteps));
        return Schedulers.create(name, settings, 8);
    }

    /** Wherever a run is cut, what its history held goes on to the same end. */
    @ParameterizedTest
    @MethodSource("names")
    void aRestoredHistoryGoesOnWhereItWas(String name) {
        Scheduler scheduler = scheduler(name, false);
        for (int cut = 0; cut < scheduler.steps(); cut++) {
            TorchNoise noise = new TorchNoise(4);
            SolverHistory history = new SolverHistory();
            float[] sample = run(scheduler, 0, cut, noise.randn(SIZE), history, noise);
            TorchNoise noiseAgain = new TorchNoise(4);
            for (int draw = 0; draw < noise.draws(); draw++) {
                noiseAgain.randn(SIZE);
            }
            List<float[]> arrays = history.arrays().stream().map(float[]::clone).toList();
            SolverHistory restored = SolverHistory.restored(history.shape(), arrays);
            assertThat(restored.shape()).isEqualTo(history.shape());
            assertThat(run(scheduler, cut, scheduler.steps(), sample, restored, noiseAgain))
                    .as("%s, cut before call %d", name, cut)
                    .isEqualTo(run(scheduler, cut, scheduler.steps(), sample, history, noise));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void aRehearsalTellsWhatARunWillHold(String name) {
        for (boolean skipPrkSteps : new boolean[] {false, true}) {
            Scheduler scheduler = scheduler(name, skipPrkSteps);
            List<Rehearsal.Stage> stages = Rehearsal.stages(scheduler, scheduler.steps());
            assertThat(stages).hasSize(scheduler.steps() + 1);
            SolverHistory history = new SolverHistory();
            TorchNoise noise = new TorchNoise(5);
            float[] sample = new float[SIZE];
            for (int step = 0; step < scheduler.steps(); step++) {
                assertThat(stages.get(step)).isEqualTo(new Rehearsal.Stage(history.shape(), noise.draws()));
                sample = run(scheduler, step, step + 1, sample, history, noise);
            }
            assertThat(stages.get(scheduler.steps())).isEqualTo(new Rehearsal.Stage(history.shape(), noise.draws()));
        }
        assertThat(Rehearsal.stages(scheduler(name, true), 2)).hasSize(3);
    }

    private static float[] run(
            Scheduler scheduler, int from, int to, float[] begin, SolverHistory history, NoiseSource noise) {
        float[] sample = begin;
        for (int index = from; index < to; index++) {
            float[] output = scheduler.scaleModelInput(index, sample).clone();
            for (int i = 0; i < SIZE; i++) {
                output[i] = output[i] * 0.5f + (float) Math.sin(i + index);
            }
            sample = scheduler.step(index, output, sample, history, noise);
        }
        return sample;
    }

    @Test
    void arraysAreInTheOrderOfTheShape() {
        SolverHistory history = SolverHistory.restored(
                new SolverHistory.Shape(2, 1, 1, 9),
                List.of(new float[] {1}, new float[] {2}, new float[] {3}, new float[] {4}));
        assertThat(history.size()).isEqualTo(2);
        assertThat(history.output(0)).containsExactly(1);
        assertThat(history.output(1)).containsExactly(2);
        assertThat(history.kept()).containsExactly(3);
        assertThat(history.sum(1)).containsExactly(4);
        assertThat(history.countStep()).isEqualTo(9);
        assertThat(history.shape()).isEqualTo(new SolverHistory.Shape(2, 1, 1, 10));
        assertThat(history.shape().arrays()).isEqualTo(4);
        assertThat(new SolverHistory().shape()).isEqualTo(new SolverHistory.Shape(0, 0, 0, 0));
    }

    @Test
    void moreOrFewerArraysThanTheShapeSaysAreRefused() {
        SolverHistory.Shape shape = new SolverHistory.Shape(1, 1, 0, 3);
        for (List<float[]> arrays : List.of(List.of(new float[1]), List.of(new float[1], new float[1], new float[1]))) {
            assertThatThrownBy(() -> SolverHistory.restored(shape, arrays))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("does not hold " + arrays.size() + " arrays");
        }
    }

    @ParameterizedTest
    @CsvSource({"-1,0,0,0", "0,-1,0,0", "0,2,0,0", "0,0,-1,0", "0,0,2,0", "0,0,0,-1"})
    void aShapeThatNoHistoryHasIsRefused(int outputs, int samples, int sums, int steps) {
        assertThatThrownBy(() -> new SolverHistory.Shape(outputs, samples, sums, steps))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(outputs + " outputs", samples + " samples", sums + " sums", steps + " steps");
    }

    @Test
    void aHistoryIsOfOnePictureAndItsArraysAreWrittenAgain() {
        SolverHistory history = new SolverHistory();
        float[] kept = {1, 2};
        history.keep(kept);
        kept[0] = 5;
        assertThat(history.kept()).containsExactly(1, 2);
        float[] first = history.next(2, 2);
        assertThat(history.next(2, 2)).isNotSameAs(first);
        assertThat(history.next(2, 2)).isSameAs(first);
        assertThat(history.sum(2)).isSameAs(history.sum(2)).containsOnly(0);
        assertThat(history.drawn(new TorchNoise(1), 2)).isSameAs(history.drawn(new TorchNoise(1), 2));
        assertThat(history.drawn(new TorchNoise(7), 2)).isEqualTo(new TorchNoise(7).randn(2));
        assertThatThrownBy(() -> history.keep(new float[3])).hasMessageContaining("2 values, not 3");
        assertThatThrownBy(() -> history.sum(3)).hasMessageContaining("2 values, not 3");
        assertThatThrownBy(() -> history.drawn(new TorchNoise(1), 3)).hasMessageContaining("2 values, not 3");
        assertThatThrownBy(() -> history.next(3, 2)).hasMessageContaining("2 values, not 3");
    }
}
