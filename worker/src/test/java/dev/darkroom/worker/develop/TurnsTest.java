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
        Turns<String> turns = new Turns<>();
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
        Turns<String> turns = new Turns<>();
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
        Turns<String> turns = new Turns<>();
        turns.attend(LANES);
        for (int i = 0; i < 1000; i++) {
            turns.charge("low", 1, 1);
        }

        List<String> next =
                IntStream.range(0, 13).mapToObj(i -> take(turns, LANES)).toList();
        assertThat(next).containsOnlyOnce("low");
    }

    @Test
    void nobodyGainsByLeavingAndComingBack() {
        Turns<String> turns = new Turns<>();
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
        Turns<String> turns = new Turns<>();
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
        Turns<String> turns = new Turns<>();
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

    /** The same where turns have prices, up to a thousandfold ones, that may change before a turn is taken. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatOthersTurnsCostMeanwhileIsBounded(long seed) {
        Random random = new Random(seed);
        List<String> keys = List.of("a", "b", "c", "d");
        Map<String, Integer> weights = new LinkedHashMap<>();
        keys.forEach(key -> weights.put(key, 1 + random.nextInt(20)));
        Turns<String> turns = new Turns<>();
        Map<String, Long> prices = new LinkedHashMap<>();
        Map<String, Long> own = new HashMap<>(); // the highest price that was asked of a waiting one
        Map<String, Map<String, Long>> waited = new HashMap<>(); // what others' turns cost, by who waits
        long dearest = 0;
        for (int i = 0; i < 20_000; i++) {
            for (String key : keys) {
                if (random.nextInt(30) == 0 && prices.remove(key) != null) {
                    waited.remove(key);
                    own.remove(key);
                } else if (random.nextInt(10) == 0) {
                    prices.put(key, price(random));
                }
            }
            if (prices.isEmpty()) {
                continue;
            }
            Map<String, Integer> there = new LinkedHashMap<>();
            prices.keySet().forEach(key -> there.put(key, weights.get(key)));
            turns.attend(there);
            prices.forEach((key, price) -> own.merge(key, price, Math::max));
            dearest = Math.max(
                    dearest, prices.values().stream().mapToLong(p -> p).max().orElseThrow());
            String next = turns.next(prices);
            long price = prices.get(next);
            turns.charge(next, price);
            waited.remove(next);
            own.remove(next);
            for (String key : prices.keySet()) {
                if (!key.equals(next)) {
                    Map<String, Long> of = waited.computeIfAbsent(key, name -> new HashMap<>());
                    of.merge(next, price, Long::sum);
                    assertThat(of.get(next))
                            .as("seed %d, turn %d: %s waits for %s, weights %s", seed, i, key, next, weights)
                            .isLessThanOrEqualTo(
                                    (long) Math.ceil(own.get(key) * (double) weights.get(next) / weights.get(key))
                                            + dearest);
                }
            }
            prices.put(next, price(random));
        }
    }

    private static long price(Random random) {
        return random.nextBoolean() ? 1 + random.nextInt(10) : 1 + random.nextInt(1000);
    }

    @Test
    void turnsGoByWhatTheyCost() {
        Turns<String> turns = new Turns<>();
        turns.attend(Map.of("large", 1, "small", 2));
        Map<String, Long> had = new HashMap<>();
        for (int i = 0; i < 3300; i++) {
            String next = turns.next(Map.of("large", 50L, "small", 1L));
            turns.charge(next, next.equals("large") ? 50 : 1);
            had.merge(next, next.equals("large") ? 50L : 1L, Long::sum);
        }

        assertThat((double) had.get("small") / had.get("large")).isCloseTo(2, within(0.05));
    }

    @Test
    void whatWasPaidTooMuchIsGivenBack() {
        Turns<String> turns = new Turns<>();
        turns.attend(Map.of("one", 1, "other", 1));
        turns.charge("one", 40);
        turns.charge("other", 20);
        turns.refund("one", 30);
        turns.refund("gone", 30);

        assertThat(turns.next(Map.of("one", 1L, "other", 1L))).isEqualTo("one");
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
        Map<String, Long> prices = new LinkedHashMap<>();
        among.keySet().forEach(key -> prices.put(key, 1L));
        String next = turns.next(prices);
        turns.charge(next, 1);
        return next;
    }
}
