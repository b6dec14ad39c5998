package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TurnsTest {
    private static final Map<String, Integer> LANES = Map.of("high", 8, "normal", 4, "low", 1);

    @ParameterizedTest
    @CsvSource({"8, 4, 1", "1, 1, 1", "7, 5, 3", "100, 10, 1", "23, 97, 89"})
    void turnsGoByWeight(int high, int normal, int low) {
        Map<String, Integer> weights = Map.of("high", high, "normal", normal, "low", low);
        Turns<String> turns = new Turns<>(1);
        turns.attend(weights);
        int all = high + normal + low;
        Map<String, Integer> had = new HashMap<>();
        for (int i = 1; i <= 3 * all; i++) {
            had.merge(take(turns, weights), 1, Integer::sum);
            for (Map.Entry<String, Integer> lane : weights.entrySet()) {
                double due = i * (double) lane.getValue() / all;
                assertThat((double) had.getOrDefault(lane.getKey(), 0))
                        .as("%s after %d", lane, i)
                        .isCloseTo(due, within(2.0));
            }
        }
        assertThat(had).isEqualTo(Map.of("high", 3 * high, "normal", 3 * normal, "low", 3 * low));
    }

    @Test
    void equalOnesTakeTurns() {
        Map<String, Integer> weights = new LinkedHashMap<>(Map.of("a", 1));
        Turns<String> turns = new Turns<>(1);
        turns.attend(weights);
        weights.put("b", 1);
        turns.attend(weights);
        weights.put("c", 1);
        turns.attend(weights);

        assertThat(IntStream.range(0, 6).mapToObj(i -> take(turns, weights)))
                .containsExactly("a", "b", "c", "a", "b", "c");
    }

    @Test
    void nobodyOwesForTurnsThatNobodyElseWanted() {
        Turns<String> turns = new Turns<>(1);
        turns.attend(LANES);
        for (int i = 0; i < 1000; i++) {
            turns.charge("low", 1);
        }

        List<String> next =
                IntStream.range(0, 13).mapToObj(i -> take(turns, LANES)).toList();
        assertThat(next).containsOnlyOnce("low");
    }

    @Test
    void nobodyGainsByLeavingAndComingBack() {
        Turns<String> turns = new Turns<>(1);
        Map<String, Integer> others = Map.of("high", 8, "normal", 4);
        Map<String, Integer> had = new HashMap<>();
        for (int i = 0; i < 1300; i++) {
            turns.attend(LANES);
            String next = take(turns, LANES);
            had.merge(next, 1, Integer::sum);
            if (next.equals("low")) {
                turns.attend(others);
            }
        }

        assertThat(had.get("low")).isEqualTo(100);
    }

    @Test
    void aCrowdOfNewcomersKeepsNobodyFromHisTurn() {
        Turns<String> turns = new Turns<>(1);
        turns.attend(Map.of("old", 1, "new-0", 1));
        int turnsOfOld = 0;
        for (int i = 1; i < 100; i++) {
            Map<String, Integer> there = new LinkedHashMap<>(Map.of("old", 1));
            there.put("new-" + (i - 1), 1);
            there.put("new-" + i, 1);
            turns.attend(there);
            turnsOfOld += take(turns, there).equals("old") ? 1 : 0;
        }

        assertThat(turnsOfOld).isGreaterThanOrEqualTo(33);
    }

    /** The bound, whoever comes and goes. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyOneHasHisTurnWithinTheBound(long seed) {
        Random random = new Random(seed);
        Map<String, Integer> weights = new LinkedHashMap<>();
        int count = 2 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            weights.put("lane-" + i, 1 + random.nextInt(random.nextBoolean() ? 10 : 100));
        }
        Turns<String> turns = new Turns<>(1);
        Map<String, Integer> there = new LinkedHashMap<>();
        Map<String, Integer> waited = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            for (String key : weights.keySet()) {
                if (random.nextInt(20) == 0 && (there.remove(key) == null)) {
                    there.put(key, weights.get(key));
                }
            }
            turns.attend(there);
            waited.keySet().retainAll(there.keySet());
            if (there.isEmpty()) {
                continue;
            }
            String next = take(turns, there);
            there.keySet().forEach(key -> waited.merge(key, 1, Integer::sum));
            waited.put(next, 0);
            for (String key : there.keySet()) {
                assertThat(waited.get(key))
                        .as("seed %d, turn %d, %s of %s", seed, i, key, weights)
                        .isLessThan(bound(key, weights));
            }
        }
    }

    /** One of so many turns at least, with all of these there. */
    private static int bound(String key, Map<String, Integer> weights) {
        int own = weights.get(key);
        return 1
                + weights.entrySet().stream()
                        .filter(other -> !other.getKey().equals(key))
                        .mapToInt(other -> Math.floorDiv(other.getValue() + own - 1, own))
                        .sum();
    }

    private static String take(Turns<String> turns, Map<String, Integer> among) {
        String next = turns.next(among.keySet());
        turns.charge(next, 1);
        return next;
    }
}
