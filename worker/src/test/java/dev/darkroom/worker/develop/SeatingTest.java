package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
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
    private Batch last = new Batch(MAX_ROWS);

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
            seatsOfCall().forEach((job, taken) -> rows.merge(job.share().tenant(), taken, Integer::sum));
        }

        assertThat(rows).isEqualTo(Map.of("many", 120, "one", 120));
    }

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
        LoadedModel timed = new TimedModel(model(true), new CallTimes(64, times));
        LoadedModel quick =
                new TimedModel(model(true), new CallTimes(64, new TreeMap<>(Map.of(1, Duration.ofMillis(10)))));
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

    private static Share share(String lane, String tenant) {
        return new Share(lane, WEIGHTS.get(lane), tenant);
    }

    private Generation add(LoadedModel of, Share share, int side, int steps, int images) {
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

    /** Sees to it that a lane has work. */
    private void flood(Share share, int side) {
        if (inFlight.stream().noneMatch(job -> job.share().lane().equals(share.lane()))) {
            add(model, share, side, 3, 4);
        }
    }

    private Map<String, Integer> rowsOfCalls(int calls) {
        Map<String, Integer> rows = new HashMap<>();
        for (int i = 0; i < calls; i++) {
            seatsOfCall().forEach((job, taken) -> rows.merge(job.share().lane(), taken, Integer::sum));
        }
        return rows;
    }

    /** One call. */
    private Batch call() {
        last = seating.next(inFlight);
        last.step(last.predict());
        seating.made(last);
        inFlight.removeIf(Generation::retire);
        return last;
    }

    /** One call; tells how many pictures of each job were in it. */
    private Map<Generation, Integer> seatsOfCall() {
        Map<Generation, Integer> before = new HashMap<>();
        inFlight.forEach(job -> before.put(job, steps(job)));
        call();
        Map<Generation, Integer> seats = new HashMap<>();
        before.forEach((job, steps) -> {
            if (steps(job) > steps) {
                seats.put(job, steps(job) - steps);
            }
        });
        return seats;
    }

    private static long cost(Batch batch) {
        return batch.cost();
    }

    private static int steps(Generation job) {
        return job.images().stream().mapToInt(LatentImage::step).sum();
    }
}
