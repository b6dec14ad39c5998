package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** What is learned from the calls that are made for jobs, of a model whose native size is 64. */
class CallCostTest {
    private static final int MAX_ROWS = 8;
    private static final int PICTURES = 9;

    private final CallSizes sizes = new CallSizes(CallRules.strict(MAX_ROWS));
    private final LoadedModel untimed = model();
    private final LoadedModel timed = new TimedModel(
            model(),
            new KnownTiming(RowsWay.TOGETHER, 1, new CallTimes(64, new TreeMap<>(Map.of(1, Duration.ofMillis(40))))));

    private static RowwiseModel model() {
        RowwiseModel made = new RowwiseModel();
        made.steps.release(1_000_000);
        return made;
    }

    @Test
    void anotherSizeCostsWhatItsCallsTookOnceTwoWereMade() {
        DevelopRequest large = request(timed, 128);
        assertThat(sizes.costs().of(large, 1)).as("by pixels").isEqualTo(160_000);

        note(large, 1, 500);
        assertThat(sizes.costs().of(large, 1))
                .as("the first call took memory too")
                .isEqualTo(160_000);
        note(large, 1, 200);
        assertThat(sizes.costs().of(large, 1)).isEqualTo(200_000);
        note(large, 1, 300);
        assertThat(sizes.costs().of(large, 1)).as("the shortest counts").isEqualTo(200_000);
        assertThat(sizes.costs().of(large, 3)).isEqualTo(600_000);
        assertThat(sizes.costs().of(request(timed, 64), 1))
                .as("the native size")
                .isEqualTo(40_000);
    }

    @Test
    void theNativeSizeCostsWhatWasMeasuredWithoutOtherWork() {
        DevelopRequest request = request(timed, 64);
        for (int call = 0; call < 3; call++) {
            note(request, 1, 1);
        }
        assertThat(sizes.costs().of(request, 1)).isEqualTo(40_000);
    }

    @Test
    void sizesOfAModelThatNobodyTimedCostLikeTheLatestThatIsKnown() {
        assertThat(sizes.costs().of(request(untimed, 64), 2)).as("pixels").isEqualTo(2 * 64 * 64);
        note(request(untimed, 128), 1, 80);
        note(request(untimed, 128), 1, 80);

        assertThat(sizes.costs().of(request(untimed, 128), 1)).isEqualTo(80_000);
        assertThat(sizes.costs().of(request(untimed, 64), 2)).isEqualTo(40_000);
        assertThat(sizes.costs().of(request(model(), 64), 1))
                .as("of another model")
                .isEqualTo(64 * 64);
    }

    @Test
    void callsWithoutTheDeepPartAreTimedByThemselves() {
        DevelopRequest request = request(timed, 128).with(GuidanceInterval.ALWAYS, 10);
        Generation job = Preparation.prepare(request, step -> {});
        Batch whole = new Seating(sizes).next(List.of(job));
        whole.step(whole.predict()); // the next ones reuse what it kept
        Batch reusing = new Seating(sizes).next(List.of(job));
        assertThat(reusing.reuses()).isTrue();
        assertThat(sizes.costs().of(reusing)).as("a tenth").isEqualTo(16_000L * reusing.rows());

        sizes.costs().note(reusing, Duration.ofMillis(30));
        sizes.costs().note(reusing, Duration.ofMillis(30));
        assertThat(sizes.costs().of(reusing)).isEqualTo(30_000);
        assertThat(sizes.costs().of(whole)).isEqualTo(160_000L * whole.rows());
    }

    @Test
    void theRowsOfAnotherSizeComeToWhatIsWorthIt() {
        assertThat(settled(timed, 32, rows -> 10 * rows)).isEqualTo(1);
        assertThat(settled(timed, 128, rows -> 10)).isEqualTo(MAX_ROWS);
        assertThat(settled(timed, 96, rows -> 10 * Math.max(1, rows / 4))).isEqualTo(4);
        assertThat(settled(untimed, 128, rows -> 10 * rows))
                .as("nobody timed it")
                .isEqualTo(MAX_ROWS);
    }

    /** Of twice as many rows the first calls were slow, for something else was done meanwhile. */
    @Test
    void whatWasSlowTwiceIsTriedAgain() {
        AtomicInteger tries = new AtomicInteger();
        assertThat(settled(timed, 96, rows -> rows == 4 && tries.incrementAndGet() <= 3 ? 100 : 10))
                .isEqualTo(MAX_ROWS);
    }

    /** Rows of the calls of jobs that have enough pictures for any, after some calls. */
    private int settled(LoadedModel model, int side, IntUnaryOperator milliseconds) {
        Generation job = Preparation.prepare(request(model, side), step -> {});
        Seating seating = new Seating(sizes);
        for (int call = 0; call < 24; call++) {
            Batch batch = seating.next(List.of(job));
            sizes.costs().note(batch, Duration.ofMillis(milliseconds.applyAsInt(batch.rows())));
            seating.made(batch);
        }
        int rows = seating.next(List.of(job)).rows();
        assertThat(seating.next(List.of(job)).rows()).isEqualTo(rows);
        return rows;
    }

    private void note(DevelopRequest request, int rows, int milliseconds) {
        Batch batch = new Batch(rows);
        Generation job = Preparation.prepare(request, step -> {});
        job.images().subList(0, rows).forEach(picture -> batch.add(job, picture));
        sizes.costs().note(batch, Duration.ofMillis(milliseconds));
    }

    private static DevelopRequest request(LoadedModel model, int side) {
        return CompanyTest.request(model, "abc", side, side, "ddim", 20, 1, PICTURES);
    }
}
