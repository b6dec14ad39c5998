package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.model.LoadedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is in which call, call by call; nothing here depends on time. */
class SeatingTest extends SeatingCase {
    @Test
    void rowsGoByWeightWhereAllCanShare() {
        for (String lane : WEIGHTS.keySet()) {
            add(model, share(lane, ""), 64, 140, 16);
        }
        Map<String, Integer> rows = rowsOfCalls(130);

        WEIGHTS.forEach((lane, weight) -> assertThat((double) rows.get(lane))
                .as(lane)
                .isCloseTo(130 * MAX_ROWS * weight / 13.0, within(2.0 * MAX_ROWS)));
    }

    @Test
    void oneSmallJobHasItsShareBesideALargeOne() {
        add(model, share("high", ""), 64, 140, 16);
        add(model, share("low", ""), 64, 140, 1);

        assertThat(rowsOfCalls(90).get("low"))
                .as("rows of one picture, whose share is 0.9 rows a call once it has its first turn")
                .isBetween(70, 80);
    }

    @Test
    void tenantsOfALaneHaveEqualShares() {
        add(model, share("high", "many"), 64, 140, 16);
        add(model, share("high", "many"), 64, 140, 16);
        add(model, share("high", "one"), 64, 140, 16);
        Map<String, Integer> rows = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            seatsOfCall().forEach((job, taken) -> rows.merge(job.share().tenant(), taken, Integer::sum));
        }

        assertThat(rows).isEqualTo(Map.of("many", 120, "one", 120));
    }

    @Test
    void aModelWhoseRowsDependOnCompanyHasOneJobACall() {
        RowwiseModel dependent = model(true);
        Generation first = add(dependent, share("high", ""), 64, 40, 4);
        Generation second = add(dependent, share("high", ""), 64, 40, 1);
        Generation other = add(dependent, share("low", ""), 64, 40, 4);
        Map<Generation, Integer> led = new HashMap<>();
        for (int i = 0; i < 36; i++) {
            Map<Generation, Integer> seats = seatsOfCall();
            assertThat(seats).hasSize(1);
            led.merge(seats.keySet().iterator().next(), 1, Integer::sum);
        }

        assertThat(led).isEqualTo(Map.of(first, 32, other, 4));
        assertThat(second.images().get(0).step()).isZero();
    }

    /** Random jobs of three sizes, one to three models, three lanes and some tenants, that come and go. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18, 19})
    void nobodyWaitsLongerThanTheBound(long seed) {
        Random random = new Random(seed);
        List<LoadedModel> models =
                List.<LoadedModel>of(model, model(true), model(false)).subList(0, 1 + (int) (seed % 3));
        Map<String, Integer> weights =
                Map.of("high", 1 + random.nextInt(20), "normal", 1 + random.nextInt(20), "low", 1 + random.nextInt(3));
        Map<String, Long> waited = new HashMap<>();
        Map<String, Integer> mostTenants = new HashMap<>();
        long dearest = 0;
        for (int i = 0; i < 1500; i++) {
            while (inFlight.isEmpty() || (inFlight.size() < 12 && random.nextInt(3) == 0)) {
                String lane = List.of("high", "normal", "low").get(random.nextInt(3));
                add(
                        models.get(random.nextInt(models.size())),
                        new Share(lane, weights.get(lane), "tenant-" + random.nextInt(3)),
                        64 * (1 + random.nextInt(3)),
                        1 + random.nextInt(12),
                        1 + random.nextInt(5));
            }
            Map<String, Generation> oldest = new HashMap<>();
            inFlight.forEach(job -> oldest.putIfAbsent(key(job), job));
            waited.keySet().retainAll(oldest.keySet());
            mostTenants.keySet().retainAll(oldest.keySet());
            Map<Generation, Integer> seats = seatsOfCall();
            long cost = cost(last);
            dearest = Math.max(dearest, models.size() == 1 ? cost : Stay.CALLS * cost);
            for (Map.Entry<String, Generation> each : oldest.entrySet()) {
                String lane = each.getValue().share().lane();
                int tenants = (int) oldest.values().stream()
                        .filter(job -> job.share().lane().equals(lane))
                        .count();
                mostTenants.merge(each.getKey(), tenants, Math::max);
                if (seats.containsKey(each.getValue())) {
                    waited.remove(each.getKey());
                    mostTenants.remove(each.getKey());
                } else {
                    assertThat((double) waited.merge(each.getKey(), cost, Long::sum))
                            .as("seed %d, call %d, %s, weights %s", seed, i, each.getKey(), weights)
                            .isLessThan(dearest * bound(lane, weights, mostTenants.get(each.getKey())));
                }
            }
        }
    }

    @Test
    void aCallThatIsNotMadeIsNobodysTurn() {
        add(model, share("high", ""), 64, 30, 1);
        add(model, share("low", ""), 128, 30, 1);
        for (int i = 0; i < 20; i++) {
            Batch first = seating.next(inFlight);
            Batch again = seating.next(inFlight);
            assertThat(again.leader()).isSameAs(first.leader());
            call();
        }
    }

    @Test
    void theSameJobsHaveTheSameCalls() {
        assertThat(new SeatingTest().scene())
                .isEqualTo(new SeatingTest().scene())
                .hasSize(40);
    }

    private List<String> scene() {
        Random random = new Random(7);
        List<String> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String lane = List.of("high", "normal", "low").get(random.nextInt(3));
            add(model, share(lane, "tenant-" + random.nextInt(3)), 64 * (1 + random.nextInt(2)), 9, 3);
            calls.add(seatsOfCall().entrySet().stream()
                    .map(job -> key(job.getKey()) + job.getValue())
                    .collect(Collectors.toCollection(TreeSet::new))
                    .toString());
        }
        return calls;
    }

    /** In dearest calls. */
    private static double bound(String lane, Map<String, Integer> weights, int tenants) {
        double own = weights.get(lane);
        return 2 * (tenants - 1)
                + weights.entrySet().stream()
                        .filter(other -> !other.getKey().equals(lane))
                        .mapToDouble(other -> other.getValue() / own * (2 * tenants - 1) + 1)
                        .sum();
    }

    private static String key(Generation job) {
        return job.share().lane() + "/" + job.share().tenant();
    }
}
