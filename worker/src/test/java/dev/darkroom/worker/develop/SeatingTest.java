package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
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
class SeatingTest {
    private static final int MAX_ROWS = 8;
    private static final Map<String, Integer> WEIGHTS = Map.of("high", 8, "normal", 4, "low", 1);

    private final RowwiseModel model = model(false);
    private final Seating seating = new Seating(new CallSizes(CallRules.strict(MAX_ROWS)));
    private final List<Generation> inFlight = new ArrayList<>();

    private static RowwiseModel model(boolean companyCounts) {
        RowwiseModel made = new RowwiseModel();
        made.companyCounts = companyCounts;
        made.steps.release(1_000_000);
        return made;
    }

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
            call().forEach((job, taken) -> rows.merge(job.share().tenant(), taken, Integer::sum));
        }

        assertThat(rows).isEqualTo(Map.of("many", 120, "one", 120));
    }

    @Test
    void aJobOfTheLowLaneIsDoneWithinTheBoundWhateverFloodsTheOthers() {
        Generation low = add(model, share("low", ""), 64, 5, 1);
        int calls = 0;
        while (!low.done().isDone()) {
            while (inFlight.size() < 12) { // of other sizes, so that no call can be shared with it
                add(model, share("high", "tenant-" + calls % 5), 128, 3, 4);
                add(model, share("normal", "tenant-" + calls % 7), 192, 3, 4);
            }
            call();
            calls++;
        }

        assertThat(calls).isLessThanOrEqualTo(5 * 13).isGreaterThan(4 * 13);
    }

    @Test
    void aModelWhoseRowsDependOnCompanyHasOneJobACall() {
        RowwiseModel dependent = model(true);
        Generation first = add(dependent, share("high", ""), 64, 30, 5);
        Generation second = add(dependent, share("high", ""), 64, 30, 1);
        Generation other = add(dependent, share("low", ""), 64, 30, 1);
        List<String> calls = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            Map<Generation, Integer> seats = call();
            assertThat(seats).hasSize(1);
            calls.add(seats.containsKey(other) ? "other" : seats.containsKey(first) ? "first" : "second");
        }

        assertThat(calls).containsOnlyOnce("other").doesNotContain("second");
        assertThat(second.images().get(0).step()).isZero();
    }

    /** Random jobs of three sizes and two kinds of model, three lanes and some tenants, that come and go. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void nobodyWaitsLongerThanTheBound(long seed) {
        Random random = new Random(seed);
        RowwiseModel dependent = model(true);
        Map<String, Integer> weights =
                Map.of("high", 1 + random.nextInt(20), "normal", 1 + random.nextInt(20), "low", 1 + random.nextInt(3));
        Map<String, Integer> waited = new HashMap<>();
        Map<String, Integer> mostTenants = new HashMap<>();
        for (int i = 0; i < 1500; i++) {
            while (inFlight.isEmpty() || (inFlight.size() < 12 && random.nextInt(3) == 0)) {
                String lane = List.of("high", "normal", "low").get(random.nextInt(3));
                add(
                        random.nextInt(3) == 0 ? dependent : model,
                        new Share(lane, weights.get(lane), "tenant-" + random.nextInt(3)),
                        64 * (1 + random.nextInt(3)),
                        1 + random.nextInt(12),
                        1 + random.nextInt(5));
            }
            Map<String, Generation> oldest = new HashMap<>();
            inFlight.forEach(job -> oldest.putIfAbsent(key(job), job));
            waited.keySet().retainAll(oldest.keySet());
            mostTenants.keySet().retainAll(oldest.keySet());
            Map<Generation, Integer> seats = call();
            for (Map.Entry<String, Generation> each : oldest.entrySet()) {
                String lane = each.getValue().share().lane();
                int tenants = (int) oldest.values().stream()
                        .filter(job -> job.share().lane().equals(lane))
                        .count();
                mostTenants.merge(each.getKey(), tenants, Math::max);
                if (seats.containsKey(each.getValue())) {
                    waited.put(each.getKey(), 0);
                    mostTenants.remove(each.getKey());
                } else {
                    assertThat(waited.merge(each.getKey(), 1, Integer::sum))
                            .as("seed %d, call %d, %s, weights %s", seed, i, each.getKey(), weights)
                            .isLessThan(bound(lane, weights) * mostTenants.get(each.getKey()));
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
            calls.add(call().entrySet().stream()
                    .map(job -> key(job.getKey()) + job.getValue())
                    .collect(Collectors.toCollection(TreeSet::new))
                    .toString());
        }
        return calls;
    }

    private static int bound(String lane, Map<String, Integer> weights) {
        int own = weights.get(lane);
        return 1
                + weights.entrySet().stream()
                        .filter(other -> !other.getKey().equals(lane))
                        .mapToInt(other -> (other.getValue() + own - 1) / own)
                        .sum();
    }

    private static String key(Generation job) {
        return job.share().lane() + "/" + job.share().tenant();
    }

    private static Share share(String lane, String tenant) {
        return new Share(lane, WEIGHTS.get(lane), tenant);
    }

    private Generation add(RowwiseModel of, Share share, int side, int steps, int images) {
        DevelopRequest request = new DevelopRequest(
                of,
                "abc",
                "",
                PromptSyntax.PLAIN,
                side,
                side,
                steps,
                1,
                "ddim",
                of.description().schedulerConfig(),
                7,
                Noise.TORCH_CPU,
                images,
                0,
                0,
                0);
        Generation job = Preparation.prepare(request, share, step -> {});
        inFlight.add(job);
        return job;
    }

    private Map<String, Integer> rowsOfCalls(int calls) {
        Map<String, Integer> rows = new HashMap<>();
        for (int i = 0; i < calls; i++) {
            call().forEach((job, taken) -> rows.merge(job.share().lane(), taken, Integer::sum));
        }
        return rows;
    }

    /** One call; tells how many pictures of each job were in it. */
    private Map<Generation, Integer> call() {
        Map<Generation, Integer> before = new HashMap<>();
        inFlight.forEach(job -> before.put(job, steps(job)));
        Batch batch = seating.next(inFlight);
        batch.step(batch.predict());
        seating.made(batch);
        Map<Generation, Integer> seats = new HashMap<>();
        before.forEach((job, steps) -> {
            if (steps(job) > steps) {
                seats.put(job, steps(job) - steps);
            }
        });
        inFlight.removeIf(Generation::retire);
        return seats;
    }

    private static int steps(Generation job) {
        return job.images().stream().mapToInt(LatentImage::step).sum();
    }
}
