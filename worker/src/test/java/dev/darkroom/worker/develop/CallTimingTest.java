package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a clock that only calls of the UNet move. */
@Timeout(60)
class CallTimingTest {
    private static final int MAX_ROWS = 8;
    private static final Duration BUDGET = Duration.ofSeconds(1);

    private final RowwiseModel model = new RowwiseModel();
    private final AtomicLong now = new AtomicLong(17);
    private final CallTiming timing = new CallTiming(CallRules.strict(MAX_ROWS), 1, BUDGET, now::get);

    CallTimingTest() {
        model.steps.release(1_000_000);
        takes(rows -> 4 + rows);
    }

    @Test
    void callsOfDoublingsAndOfSixRowsAreTimed() {
        CallTimes times = times(timing.timed(model));

        assertThat(times.isOf(64, 64)).isTrue();
        assertThat(times.byRows())
                .isEqualTo(Map.of(
                        1,
                        Duration.ofMillis(5),
                        2,
                        Duration.ofMillis(6),
                        4,
                        Duration.ofMillis(8),
                        6,
                        Duration.ofMillis(10),
                        8,
                        Duration.ofMillis(12)));
        assertThat(model.rowsOfCalls).containsExactly(1, 2, 4, 8, 6, 1, 2, 4, 8, 6, 1, 2, 4, 8, 6, 1, 2, 4, 8, 6);
    }

    @Test
    void betweenDoublingsAreCallsThatGuidedPicturesFill() {
        CallTiming more = new CallTiming(CallRules.strict(32), 1, Duration.ofMinutes(1), now::get);

        assertThat(times(more.timed(model)).byRows()).containsOnlyKeys(1, 2, 4, 6, 8, 12, 16, 24, 32);
    }

    @Test
    void onlyDoublingsAreTimedWhereCallsAreFilledUpToThem() {
        CallRules fast = new CallRules(MAX_ROWS, CallRules.Company.SAME_PICTURE, CallRules.Filling.POWERS_OF_TWO);

        LoadedModel timed = new CallTiming(fast, 1, BUDGET, now::get).timed(model);
        assertThat(times(timed).byRows()).containsOnlyKeys(1, 2, 4, 8);
    }

    @Test
    void threePicturesInPlaceOfFourAreEnoughWhereTheFourthGainsNextToNothing() {
        takes(rows -> rows <= 4 ? 10 + 5L * rows : 6L * rows);

        assertThat(times(timing.timed(model)).usefulRows()).isEqualTo(6);
    }

    @Test
    void aSlowCallBesideFastOnesDoesNotCount() {
        takes(rows -> model.rowsOfCalls.size() <= 5 ? 100 : 4 + rows);

        assertThat(times(timing.timed(model)).byRows()).containsEntry(4, Duration.ofMillis(8));
    }

    @Test
    void aSlowModelIsTimedWithinTheBudget() {
        takes(rows -> 100L * rows);

        CallTimes times = times(timing.timed(model));
        assertThat(model.rowsOfCalls).containsExactly(1, 2, 4, 1, 2);
        assertThat(times.byRows()).containsOnlyKeys(1, 2, 4);
        assertThat(now.get()).isLessThanOrEqualTo(17 + BUDGET.toNanos());
    }

    @Test
    void ofAVerySlowOneItIsOneRowOnce() {
        takes(rows -> 60_000L * rows);

        assertThat(times(timing.timed(model)).usefulRows()).isEqualTo(1);
        assertThat(model.rowsOfCalls).containsExactly(1);
    }

    @Test
    void anotherWayOfAVerySlowOneIsNotBegunBeyondTheBudget() {
        takes(rows -> 600L * rows);

        assertThat(times(abreast(model)).byRows()).containsOnlyKeys(1);
        assertThat(model.rowsOfCalls).containsExactly(1);
    }

    @Test
    void sixRowsAreTimedWhereEightDoNotFit() {
        model.rowsThatFit = 7;

        assertThat(times(timing.timed(model)).byRows()).containsOnlyKeys(1, 2, 4, 6);
    }

    @Test
    void whatDoesNotFitTheMemoryIsNotChosen() {
        model.rowsThatFit = 3;
        assertThat(times(timing.timed(model)).usefulRows()).isEqualTo(2);

        assertThat(model.rowsOfCalls).containsExactly(1, 2, 4, 1, 2, 1, 2, 1, 2);

        model.rowsThatFit = 0;
        assertThat(timing.timed(model)).isSameAs(model);
    }

    @Test
    void whatFittedOnceIsKept() {
        takes(rows -> {
            model.rowsThatFit = model.rowsOfCalls.size() < 4 ? MAX_ROWS : 1;
            return 4L + rows;
        });

        assertThat(times(timing.timed(model)).byRows()).containsOnlyKeys(1, 2, 4);
        assertThat(model.rowsOfCalls).containsExactly(1, 2, 4, 8, 6, 1, 2, 1, 1);
    }

    @Test
    void anInterruptEndsItBetweenCalls() {
        takes(rows -> {
            if (rows == 4) {
                Thread.currentThread().interrupt();
            }
            return 4L + rows;
        });

        LoadedModel timed = timing.timed(model);

        assertThat(Thread.interrupted()).as("whether the flag is left").isTrue();
        assertThat(model.rowsOfCalls).containsExactly(1, 2, 4);
        assertThat(times(timed).byRows()).containsOnlyKeys(1, 2, 4);
    }

    @Test
    void aModelWithoutAChoiceIsNotTimed() {
        model.companyCounts = true;
        assertThat(timing.timed(model)).isSameAs(model);
        assertThat(model.rowsOfCalls).isEmpty();
    }

    @Test
    void aModelThatWantsAPictureIsTimedWithoutOne() {
        model.unetChannels = 9;
        assertThat(times(timing.timed(model)).byRows()).containsOnlyKeys(1, 2, 4, 6, 8);
    }

    @Test
    void aModelWhoseCallsFailIsNotTimed() {
        takes(rows -> {
            model.broken = rows == 4;
            return 4L + rows;
        });
        assertThat(timing.timed(model)).isSameAs(model);
        assertThat(model.rowsOfCalls).containsExactly(1, 2, 4);
    }

    @Test
    void neitherIsOneThatHasNoMemoryForTheNoise() {
        model.onEncode(() -> {
            throw new OutOfMemoryError("Java heap space");
        });
        assertThat(timing.timed(model)).isSameAs(model);
        assertThat(model.rowsOfCalls).isEmpty();
    }

    @Test
    void theTimedModelIsTheModel() throws Exception {
        LoadedModel timed = timing.timed(model);

        assertThat(timed.unet()).isSameAs(model.unet());
        assertThat(timed.vaeDecoder()).isSameAs(model.vaeDecoder());
        assertThat(timed.textEncoder().getClass()).isEqualTo(model.textEncoder().getClass());
        assertThat(timed.tokenizer()).isSameAs(model.tokenizer());
        assertThat(timed.description()).isEqualTo(model.description());
        assertThat(timed.sha256()).isEqualTo(model.sha256());
        timed.close();
        assertThat(model.closed).isTrue();
    }

    @Test
    void halvesAtTheSameTimeAreChosenWhereTheyAreFaster() throws Exception {
        Thread caller = Thread.currentThread();
        // What the other half takes at the same time is no time of the call.
        model.onCall(() -> now.addAndGet(Thread.currentThread() == caller ? 1_000_000 * square(lastRows()) : 0));
        model.steps.release(1_000_000);

        try (LoadedModel timed = abreast(model)) {
            assertThat(timed.unet()).isInstanceOf(RowsAbreast.class);
            assertThat(times(timed).byRows())
                    .isEqualTo(Map.of(
                            1,
                            Duration.ofMillis(1),
                            2,
                            Duration.ofMillis(1),
                            4,
                            Duration.ofMillis(4),
                            6,
                            Duration.ofMillis(9),
                            8,
                            Duration.ofMillis(16)));
        }
        assertThat(model.closed).isTrue();
    }

    @Test
    void whatWasFoundHoldsForAModelAsLarge() throws Exception {
        Thread caller = Thread.currentThread();
        model.onCall(() -> now.addAndGet(Thread.currentThread() == caller ? 1_000_000 * square(lastRows()) : 0));
        model.steps.release(1_000_000);
        LoadedModel timed = abreast(model);
        KnownTiming known = KnownTiming.of(timed).orElseThrow();
        timed.close();

        RowwiseModel other = new RowwiseModel("other");
        try (LoadedModel given = known.give(other)) {
            assertThat(given.unet()).isInstanceOf(RowsAbreast.class);
            assertThat(given.callTimes()).isEqualTo(timed.callTimes());
            assertThat(other.rowsOfCalls).isEmpty();
        }
        assertThat(other.closed).isTrue();
        assertThat(KnownTiming.of(model)).isEmpty();
    }

    @Test
    void theyAreNotWhereTheyTakeAsLong() {
        takes(rows -> 10L * rows); // on both threads, so the halves take turns

        LoadedModel timed = abreast(model);

        assertThat(timed.unet()).isSameAs(model.unet());
        assertThat(KnownTiming.of(timed).orElseThrow().give(model).unet()).isSameAs(model.unet());
        assertThat(model.closed).isFalse();
    }

    private LoadedModel abreast(LoadedModel some) {
        return new CallTiming(CallRules.strict(MAX_ROWS), 2, BUDGET, now::get).timed(some);
    }

    private long square(int rows) {
        return (long) rows * rows;
    }

    private int lastRows() {
        return model.rowsOfCalls.get(model.rowsOfCalls.size() - 1);
    }

    private static CallTimes times(LoadedModel timed) {
        return timed.callTimes().orElseThrow();
    }

    /** Milliseconds of a call by its rows. */
    private void takes(IntToLongFunction milliseconds) {
        model.onCall(() -> now.addAndGet(1_000_000 * milliseconds.applyAsLong(lastRows())));
    }
}
