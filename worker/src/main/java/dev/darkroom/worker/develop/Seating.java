package dev.darkroom.worker.develop;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which pictures have a seat in the next call of the UNet. Depends on nothing but the jobs of this and the earlier calls;
 * belongs to the loop's thread.
 *
 * <p>A call is led by one lane, by weight; in it by one tenant, in turn; of him by the oldest job. That job has at least
 * one picture in the call and decides on its model and size, so {@link Turns}' bound holds whatever the sizes: the oldest
 * job of a tenant is in one of every {@code (1 + sum of ceil(v / w)) * t} calls at least, for its lane's weight {@code w},
 * the other lanes' weights {@code v} and {@code t} tenants in its lane.
 *
 * <p>The other seats go, picture by picture, to those that can share the call and, as the leader's first picture does or
 * does not, reuse deep features: to the lane that has had the fewest rows for its weight, in it to the tenants in turn,
 * oldest job first. A model whose rows depend on their company has one job in a call: the leading one's pictures, in their
 * order, as if it were alone.
 */
final class Seating {
    private final CallSizes sizes;
    private final Order leads = new Order(1);
    private final Order seats;

    /**
     * Begins with no call before.
     *
     * @param sizes says how many rows a call may have; the loop tells it what fits
     */
    Seating(CallSizes sizes) {
        this.sizes = sizes;
        this.seats = new Order(Math.max(sizes.maxRows(), Batch.MOST_ROWS_OF_A_PICTURE));
    }

    /** Fills a call; {@link #made} follows. There must be a job, and each must have a picture left to do. */
    Batch next(Collection<Generation> oldestFirst) {
        leads.attend(oldestFirst);
        seats.attend(oldestFirst);
        Generation leader = leads.first(oldestFirst);
        Map<Generation, Deque<LatentImage>> standing =
                new LinkedHashMap<>(); // pictures without a seat; oldest job first
        boolean reuse = leader.reuses(leader.unfinished().get(0));
        for (Generation generation : oldestFirst) {
            if (generation == leader || Batch.sharesCall(leader, generation)) {
                List<LatentImage> alike = generation.unfinished().stream()
                        .filter(picture -> generation.reuses(picture) == reuse)
                        .toList();
                if (!alike.isEmpty()) {
                    standing.put(generation, new ArrayDeque<>(alike));
                }
            }
        }
        Batch batch = new Batch(sizes.most(leader));
        seat(leader, standing, batch);
        while (!standing.isEmpty()) {
            seat(seats.first(standing.keySet()), standing, batch);
        }
        return batch;
    }

    /**
     * Says that a call was made: it was its leader's turn, whatever came of it. One that did not fit the memory is nobody's
     * turn to lead; its seats stay charged.
     */
    void made(Batch batch) {
        leads.charge(batch.leader().share(), 1);
    }

    /** Gives a job's next picture a seat, or takes the job out of the line if there is no room for it. */
    private void seat(Generation generation, Map<Generation, Deque<LatentImage>> standing, Batch batch) {
        Deque<LatentImage> pictures = standing.getOrDefault(generation, new ArrayDeque<>());
        LatentImage picture = pictures.removeFirst();
        if (!batch.add(generation, picture)) {
            standing.remove(generation);
            return;
        }
        seats.charge(generation.share(), generation.rows(picture));
        if (pictures.isEmpty()) {
            standing.remove(generation);
        }
    }

    /** Lanes by weight, and in each its tenants in turn. */
    private static final class Order {
        private final Turns<String> lanes;
        private final Map<String, Turns<String>> tenants = new HashMap<>();

        Order(int dearest) {
            this.lanes = new Turns<>(dearest);
        }

        /** Says which jobs there are from now on. */
        void attend(Collection<Generation> generations) {
            Map<String, Integer> weights = new LinkedHashMap<>();
            Map<String, Map<String, Integer>> names = new LinkedHashMap<>();
            for (Generation generation : generations) {
                Share share = generation.share();
                weights.putIfAbsent(share.lane(), share.weight());
                names.computeIfAbsent(share.lane(), lane -> new LinkedHashMap<>())
                        .put(share.tenant(), 1);
            }
            lanes.attend(weights);
            tenants.keySet().retainAll(weights.keySet());
            names.forEach((lane, equal) -> tenantsOf(lane).attend(equal));
        }

        /** Of some jobs the oldest one of the tenant whose turn it is in the lane whose turn it is. */
        Generation first(Collection<Generation> oldestFirst) {
            String lane = lanes.next(oldestFirst.stream()
                    .map(job -> job.share().lane())
                    .distinct()
                    .toList());
            List<Generation> ofLane = oldestFirst.stream()
                    .filter(job -> job.share().lane().equals(lane))
                    .toList();
            String tenant = tenantsOf(lane)
                    .next(ofLane.stream()
                            .map(job -> job.share().tenant())
                            .distinct()
                            .toList());
            return ofLane.stream()
                    .filter(job -> job.share().tenant().equals(tenant))
                    .findFirst()
                    .orElseThrow();
        }

        void charge(Share share, int price) {
            lanes.charge(share.lane(), price);
            tenantsOf(share.lane()).charge(share.tenant(), 1);
        }

        private Turns<String> tenantsOf(String lane) {
            return tenants.computeIfAbsent(lane, name -> new Turns<>(1));
        }
    }
}
