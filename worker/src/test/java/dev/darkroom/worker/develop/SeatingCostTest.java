package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Who leads calls, by what they cost; nothing here depends on time. */
class SeatingCostTest extends SeatingCase {
    @Test
    void lanesHaveTheirPartOfTheDeviceWhateverTheirSizes() {
        Map<String, Long> costs = new HashMap<>();
        for (int i = 0; i < 3000; i++) {
            flood(share("high", ""), 64);
            flood(share("normal", ""), 192);
            flood(share("low", ""), 128);
            Batch batch = call();
            costs.merge(batch.leader().share().lane(), cost(batch), Long::sum);
        }

        double all = costs.values().stream().mapToLong(cost -> cost).sum();
        WEIGHTS.forEach(
                (lane, weight) -> assertThat(costs.get(lane) / all).as(lane).isCloseTo(weight / 13.0, within(0.02)));
    }

    @Test
    void aTimedModelIsChargedWhatItsCallsTook() {
        SortedMap<Integer, Duration> times = new TreeMap<>(Map.of(1, Duration.ofMillis(40), 4, Duration.ofMillis(100)));
        LoadedModel timed = new TimedModel(model(true), new KnownTiming(RowsWay.TOGETHER, 1, new CallTimes(64, times)));
        LoadedModel quick = new TimedModel(
                model(true),
                new KnownTiming(
                        RowsWay.TOGETHER, 1, new CallTimes(64, new TreeMap<>(Map.of(1, Duration.ofMillis(10))))));
        add(timed, share("high", ""), 64, 1000, 4);
        add(quick, new Share("equal", 8, ""), 64, 1000, 1);
        Map<String, Integer> led = new HashMap<>();
        for (int i = 0; i < 880; i++) {
            led.merge(call().leader().share().lane(), 1, Integer::sum);
        }

        assertThat(led.get("equal") / (double) led.get("high")).isCloseTo(10, within(1.0));
    }

    @Test
    void callsWithoutTheDeepPartAreChargedLessThanWholeOnes() {
        RowwiseModel dependent = model(true);
        DevelopRequest reusing = CompanyTest.request(dependent, "abc", 64, 64, "ddim", 1000, 1, 1)
                .with(GuidanceInterval.ALWAYS, 10);
        inFlight.add(Preparation.prepare(reusing, share("high", ""), step -> {}));
        add(dependent, new Share("equal", 8, ""), 64, 1000, 1);
        Map<String, Integer> led = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            led.merge(call().leader().share().lane(), 1, Integer::sum);
        }

        assertThat(led.get("high") / (double) led.get("equal"))
                .as("ten steps cost as much as one and nine tenths")
                .isCloseTo(10 / 1.9, within(0.3));
    }

    @Test
    void aJobOfTheLowLaneIsDoneWithinTheBoundWhateverFloodsTheOthers() {
        int steps = 5;
        Generation low = add(model, share("low", ""), 128, steps, 4);
        long others = 0;
        long dearest = 0;
        for (int calls = 0; !low.done().isDone(); calls++) {
            flood(share("high", "tenant-" + calls % 5), 64); // of other sizes, so that no call can be shared with it
            flood(share("normal", "tenant-" + calls % 7), 192);
            Batch batch = call();
            dearest = Math.max(dearest, cost(batch));
            others += batch.leader() == low ? 0 : cost(batch);
        }

        assertThat(others).isLessThan(dearest * 14 * steps).isGreaterThan(dearest * 4 * steps);
    }

    @Test
    void twoModelsDoNotTakeTurnsCallByCall() {
        RowwiseModel another = model(false);
        add(model, share("high", ""), 64, 1000, 1);
        add(another, new Share("equal", 8, ""), 64, 1000, 1);
        StringBuilder lanes = new StringBuilder();
        for (int i = 0; i < 48; i++) {
            lanes.append(call().leader().share().lane().charAt(0));
        }

        assertThat(lanes.toString()).matches("h+(e{4,}h{4,})+(e*|e{4,}h*)");
        assertThat(lanes.chars().filter(lane -> lane == 'h').count()).isBetween(20L, 28L);
    }

    @Test
    void aStayThatIsNotUsedUpIsNotPaidFor() {
        RowwiseModel another = model(false);
        Map<String, Integer> led = new HashMap<>();
        add(model, share("high", ""), 64, 1000, 1);
        for (int i = 0; i < 400; i++) {
            if (inFlight.size() < 2) {
                add(another, new Share("equal", 8, ""), 64, 1, 1);
            }
            led.merge(call().leader().share().lane(), 1, Integer::sum);
        }

        assertThat(led.get("equal")).isBetween(70, 200);
    }
}
