package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is worth it, at a native size of 64; what fits is {@link ShortMemoryTest}'s. */
class CallSizesTest {
    private static final int MAX_ROWS = 8;

    private final RowwiseModel model = new RowwiseModel();
    private final CallSizes sizes = new CallSizes(CallRules.strict(MAX_ROWS));

    CallSizesTest() {
        model.steps.release(1_000_000);
    }

    @Test
    void aModelThatNobodyTimedHasAsManyAsTheLoopAllows() {
        assertThat(rows(model, 64, 1)).isEqualTo(MAX_ROWS);
        assertThat(rows(model, 256, 1)).isEqualTo(MAX_ROWS);
    }

    @Test
    void aTimedOneHasWhatIsWorthIt() {
        LoadedModel four = timed(Map.of(1, 10, 2, 12, 4, 14, 8, 28));
        assertThat(rows(four, 64, 1)).isEqualTo(4);
        assertThat(rows(four, 128, 1)).isEqualTo(1);
        assertThat(rows(four, 32, 1))
                .as("four times as many, were they allowed")
                .isEqualTo(MAX_ROWS);
    }

    @Test
    void onePictureAlwaysFits() {
        assertThat(rows(timed(Map.of(1, 10, 2, 20)), 64, 4)).isEqualTo(2);
        assertThat(rows(timed(Map.of(1, 10, 2, 20)), 64, 1)).isEqualTo(1);
    }

    @Test
    void whatDoesNotFitIsLessThanWhatIsWorthIt() {
        LoadedModel four = timed(Map.of(1, 10, 2, 12, 4, 14));
        sizes.tooLarge(call(four));

        assertThat(rows(four, 64, 1)).isEqualTo(2);
        assertThat(rows(four, 32, 1)).as("of another size").isEqualTo(MAX_ROWS);
        assertThat(rows(timed(Map.of(1, 10, 2, 12, 4, 14)), 64, 1))
                .as("of another model")
                .isEqualTo(4);
    }

    @Test
    void whatHadFittedIsTriedAgainAfterAHundredCalls() {
        Batch eight = call(model);
        sizes.fitted(eight);
        sizes.tooLarge(eight);
        Batch four = call(model);
        sizes.tooLarge(four);
        assertThat(call(model).rows()).isEqualTo(2);

        for (int i = 0; i < 99; i++) {
            sizes.fitted(call(model));
        }
        assertThat(call(model).rows()).isEqualTo(2);
        sizes.fitted(call(model));
        assertThat(call(model).rows()).isEqualTo(MAX_ROWS);

        sizes.tooLarge(eight);
        assertThat(call(model).rows()).as("in another shortage").isEqualTo(4);
    }

    @Test
    void whatNeverFittedIsNotTriedAgain() {
        sizes.tooLarge(call(model));
        for (int i = 0; i < 1000; i++) {
            sizes.fitted(call(model));
        }
        assertThat(call(model).rows()).isEqualTo(4);
    }

    @Test
    void whereCompanyCountsItIsTheJobThatDoesNotFit() {
        model.companyCounts = true;
        Generation job = prepare(model, 64, 1);
        Batch eight = new Seating(sizes).next(List.of(job));
        sizes.fitted(eight);
        sizes.tooLarge(eight);
        for (int i = 0; i < 1000; i++) {
            sizes.fitted(new Seating(sizes).next(List.of(job)));
        }

        assertThat(sizes.most(job)).isEqualTo(4);
        assertThat(sizes.most(prepare(model, 64, 1))).as("of an equal job").isEqualTo(MAX_ROWS);
    }

    @Test
    void onlyTheLatestSizesAreKept() {
        sizes.tooLarge(call(model));
        assertThat(rows(model, 64, 1)).isEqualTo(4);
        for (int i = 0; i < 1000; i++) {
            sizes.most(Preparation.prepare(
                    CompanyTest.request(model, "abc", 8 * (1 + i % 40), 512 + 8 * (i / 40), "ddim", 1, 1, 1),
                    step -> {}));
        }

        assertThat(rows(model, 64, 1)).as("as if it had never been tried").isEqualTo(MAX_ROWS);
    }

    @Test
    void aCallHasARow() {
        assertThatThrownBy(() -> CallRules.strict(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one row");
    }

    private Batch call(LoadedModel of) {
        return new Seating(sizes).next(List.of(prepare(of, 64, 1)));
    }

    /** Rows of the call that a job of nine pictures leads. */
    private int rows(LoadedModel of, int side, double guidance) {
        return new Seating(sizes).next(List.of(prepare(of, side, guidance))).rows();
    }

    private static Generation prepare(LoadedModel of, int side, double guidance) {
        return Preparation.prepare(CompanyTest.request(of, "abc", side, side, "ddim", 1, guidance, 9), step -> {});
    }

    /** A model of its own, with milliseconds by rows. */
    private static LoadedModel timed(Map<Integer, Integer> milliseconds) {
        TreeMap<Integer, Duration> times = new TreeMap<>();
        milliseconds.forEach((rows, time) -> times.put(rows, Duration.ofMillis(time)));
        return new TimedModel(new RowwiseModel(), new KnownTiming(RowsWay.TOGETHER, 1, new CallTimes(64, times)));
    }
}
