package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Of a network that is so small that there may be another one for calls on their caller's thread. */
@Timeout(60)
class SmallModelTimingTest {
    private static final int MAX_ROWS = 8;

    private final RowwiseModel whole = new RowwiseModel();
    private final SmallModel model = new SmallModel(whole);
    private final AtomicLong now = new AtomicLong(17);
    private final Thread caller = Thread.currentThread();

    SmallModelTimingTest() {
        whole.steps.release(1_000_000);
        takes(whole, 10);
        takes(model.one, 20);
    }

    @Test
    void partsOnAThreadEachAreChosenWhereTheyAreNoSlower() throws Exception {
        LoadedModel timed = timed(2);

        assertThat(timed.unet()).isInstanceOf(RowsAbreast.class);
        assertThat(KnownTiming.of(timed).orElseThrow()).hasToString("""
                at 64x64: 1 rows 20.0 ms, 2 rows 30.0 ms, 4 rows 50.0 ms, 6 rows 70.0 ms, 8 rows 90.0 ms; so they get at \
                most 6 rows, \
                in parts at the same time, on a thread each""");
        assertThat(whole.rowsOfCalls)
                .as("a row alone has all threads")
                .contains(1)
                .containsSubsequence(2, 4, 8, 6);
        assertThat(model.one.rowsOfCalls).contains(1, 2, 3, 4).doesNotContain(6, 8);
        assertThat(model.oneClosed).isFalse();
        timed.close();
        assertThat(model.oneClosed).isTrue();
        assertThat(whole.closed).isTrue();
    }

    @Test
    void allThreadsTogetherAreWhereThatIsClearlyFaster() {
        takes(model.one, 25);

        LoadedModel timed = timed(2);

        assertThat(timed.unet()).isNotInstanceOf(RowsAbreast.class);
        assertThat(timed.callTimes()).isPresent();
        assertThat(model.oneClosed).isTrue();
        assertThat(whole.closed).isFalse();
    }

    /** Parts are held up more by it. */
    @Test
    void otherWorkDuringTheFirstRoundsDoesNotDecide() {
        int roundsWithOtherWork = 10;
        List<Integer> rows = model.one.rowsOfCalls;
        model.one.onCall(() -> {
            boolean heldUp =
                    Collections.frequency(rows, 4) <= 2 * roundsWithOtherWork; // each has two parts of four rows
            tick((heldUp ? 40 : 20) * rows.get(rows.size() - 1));
        });

        LoadedModel timed = new CallTiming(CallRules.strict(MAX_ROWS), 2, Duration.ofMinutes(1), now::get).timed(model);

        assertThat(timed.unet()).isInstanceOf(RowsAbreast.class);
        assertThat(timed.callTimes().orElseThrow().byRows()).containsEntry(8, Duration.ofMillis(90));
        assertThat(Collections.frequency(rows, 4))
                .as("no more than were needed")
                .isEqualTo(2 * roundsWithOtherWork + 2);
    }

    /** Some threads would have nothing to do. */
    @Test
    void fewerRowsThanThreadsAreComputedTogether() {
        LoadedModel timed = timed(8);
        model.one.rowsOfCalls.clear();
        whole.rowsOfCalls.clear();

        assertThat(timed.unet().predict(rows(7)).shape()).containsExactly(7, 4, 1, 1);
        assertThat(whole.rowsOfCalls).containsExactly(7);
        assertThat(model.one.rowsOfCalls).isEmpty();
        timed.unet().predict(rows(8));

        assertThat(model.one.rowsOfCalls).containsExactly(1, 1, 1, 1, 1, 1, 1, 1);
        timed.close();
    }

    private static UnetRows rows(int count) {
        return new UnetRows(
                new Tensor(new float[count * 4], count, 4, 1, 1),
                new float[count],
                new Tensor(new float[count], count, 1, 1));
    }

    /** There is no time for a call of four rows in parts. */
    @Test
    void aWayOfWhichLessIsKnownIsNotChosen() {
        slow(100);

        LoadedModel timed = timed(2);

        assertThat(model.one.rowsOfCalls).as("parts of two rows, not of four").containsOnly(1);
        assertThat(timed.callTimes().orElseThrow().byRows()).containsOnlyKeys(1, 2, 4);
        assertThat(timed.unet()).isNotInstanceOf(RowsAbreast.class);
        assertThat(model.oneClosed).isTrue();
    }

    /** Until there is a row for each thread both ways are the same. */
    @Test
    void aWayOfWhichNothingIsKnownIsNotChosen() {
        slow(100);

        LoadedModel timed = timed(8);

        assertThat(model.one.rowsOfCalls).isEmpty();
        assertThat(timed.callTimes()).isPresent();
        assertThat(timed.unet()).isNotInstanceOf(RowsAbreast.class);
    }

    @Test
    void moreThreadsThanRowsHaveNoPartEach() {
        KnownTiming known = KnownTiming.of(timed(MAX_ROWS + 1)).orElseThrow();

        assertThat(known.toString()).endsWith("in halves at the same time");
        assertThat(model.one.rowsOfCalls).isEmpty();
        assertThat(model.oneClosed).as("not even loaded").isFalse();
    }

    private void slow(int milliseconds) {
        takes(whole, milliseconds);
        takes(model.one, milliseconds);
    }

    @Test
    void aModelIsTimedAsItIsWhereTheOtherNetworkCannotBeLoaded() {
        model.broken = true;

        LoadedModel timed = timed(2);

        assertThat(timed.callTimes()).isPresent();
        assertThat(model.one.rowsOfCalls).isEmpty();
    }

    @Test
    void onOneThreadThereIsNothingToChoose() {
        assertThat(timed(1).unet()).isNotInstanceOf(RowsAbreast.class);
        assertThat(model.one.rowsOfCalls).isEmpty();
    }

    @Test
    void whatWasFoundHoldsForAModelAsLarge() throws Exception {
        KnownTiming known = KnownTiming.of(timed(2)).orElseThrow();
        SmallModel other = new SmallModel(new RowwiseModel());

        try (LoadedModel given = known.give(other)) {
            assertThat(given.unet()).isInstanceOf(RowsAbreast.class);
            assertThat(other.one.rowsOfCalls).isEmpty();
        }
        assertThat(other.oneClosed).isTrue();
        other.broken = true;
        LoadedModel together = known.give(other);
        assertThat(together.unet()).isNotInstanceOf(RowsAbreast.class);
        assertThat(KnownTiming.of(together).orElseThrow().toString()).endsWith("rows, together");
    }

    private LoadedModel timed(int threads) {
        return new CallTiming(CallRules.strict(MAX_ROWS), threads, Duration.ofSeconds(1), now::get).timed(model);
    }

    /** Milliseconds of a row, beside ten of a call; those of other threads pass at the same time. */
    private void takes(RowwiseModel some, int milliseconds) {
        List<Integer> rows = some.rowsOfCalls;
        some.onCall(() -> tick(milliseconds * rows.get(rows.size() - 1)));
    }

    private void tick(int milliseconds) {
        now.addAndGet(Thread.currentThread() == caller ? 1_000_000L * (10 + milliseconds) : 0);
    }
}
