package dev.darkroom.worker.develop;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which pictures have a seat in the next call of the UNet. Depends on nothing but the jobs of this and the earlier calls, and on
 * what is known of their costs ({@link CallCost}); belongs to the loop's thread.
 *
 * <p>A call is led by one lane, by weight; in it by one tenant, in turn; of him by the oldest job. That job has at least
 * one picture in the call and decides on its model and size. A lead costs what the call costs, whoever else is in it, so a
 * lane's calls take its weight's part of the device, however large its pictures are, and {@link Turns}' bound holds in
 * what calls cost. With {@code M} for the dearest call meanwhile, or {@link Stay#CALLS} such calls where models take turns, the
 * calls that are made while the oldest job of a tenant is in none cost less than
 * {@code M * (2 * (t - 1) + sum of (v / w * (2 * t - 1) + 1))}, for its lane's weight {@code w}, the weights {@code v} of
 * the other lanes that have jobs meanwhile, and {@code t} tenants in its lane.
 *
 * <p>The other seats go, picture by picture, to the jobs that can share the call, to pictures that reuse deep features or
 * not as the leader's first does: to the lane whose seats have cost the least for its weight, in it to the tenants in turn,
 * oldest job first. Where jobs do not share calls ({@link CallRules}) the leading one's pictures are in it, in their order,
 * as if it were alone.
 */
final class Seating {
    private final CallSizes sizes;
    private final LaneOrder leads = new LaneOrder();
    private final LaneOrder seats = new LaneOrder();
    private final Stay stay = new Stay();
    private int callsOfTurn = 1;

    /**
     * Begins with no call before.
     *
     * @param sizes says how many rows a call may have; the loop tells it what fits
     */
    Seating(CallSizes sizes) {
        this.sizes = sizes;
    }

    /** Fills a call; {@link #made} follows. There must be a job, and each must have a picture left to do. */
    Batch next(Collection<Generation> oldestFirst) {
        leads.attend(oldestFirst);
        seats.attend(oldestFirst);
        Generation leader = leader(oldestFirst);
        Map<Generation, Deque<LatentImage>> standing = standing(leader, oldestFirst);
        int most = sizes.most(leader);
        long rowCost = Math.max(1, cost(leader, most) / most);
        Batch batch = new Batch(most, sizes.rules().filling());
        seat(leader, standing, batch, rowCost, most);
        while (!standing.isEmpty()) {
            Generation next = seats.first(
                    standing.keySet(), job -> job.rows(pictures(job, standing).getFirst()) * rowCost);
            seat(next, standing, batch, rowCost, most);
        }
        return batch;
    }

    /** Pictures that may share the leader's call, and have no seat yet; oldest job first. */
    private Map<Generation, Deque<LatentImage>> standing(Generation leader, Collection<Generation> oldestFirst) {
        Map<Generation, Deque<LatentImage>> standing = new LinkedHashMap<>();
        boolean reuse = leader.reuses(leader.unfinished().get(0));
        for (Generation generation : oldestFirst) {
            if (sharesCall(leader, generation)) {
                List<LatentImage> alike = generation.unfinished().stream()
                        .filter(picture -> generation.reuses(picture) == reuse)
                        .toList();
                if (!alike.isEmpty()) {
                    standing.put(generation, new ArrayDeque<>(alike));
                }
            }
        }
        return standing;
    }

    /** Who has paid for the next call, or else whose turn it is. */
    private Generation leader(Collection<Generation> oldestFirst) {
        return stay.leader(oldestFirst, job -> cost(job, oldestFirst)).orElseGet(() -> {
            leads.refund(stay.payer(), stay.end());
            Generation first = leads.first(oldestFirst, job -> cost(job, oldestFirst) * stay.calls(job, oldestFirst));
            callsOfTurn = stay.calls(first, oldestFirst);
            return first;
        });
    }

    /** What the call costs that a job would lead. */
    private long cost(Generation leader, Collection<Generation> inFlight) {
        int wanted = standing(leader, inFlight).entrySet().stream()
                .mapToInt(
                        of -> of.getValue().stream().mapToInt(of.getKey()::rows).sum())
                .sum();
        int rows = Math.max(leader.rows(leader.unfinished().get(0)), Math.min(wanted, sizes.most(leader)));
        return cost(leader, sizes.rules().filling().rows(rows));
    }

    /** The same of so many rows. */
    private long cost(Generation leader, int rows) {
        return leader.reuses(leader.unfinished().get(0))
                ? sizes.costs().ofShallow(leader.request(), rows)
                : sizes.costs().of(leader.request(), rows);
    }

    private boolean sharesCall(Generation leader, Generation other) {
        return other == leader || Batch.sharesCall(leader, other, sizes.rules());
    }

    /**
     * Says that a call was made: it was its leader's turn, whatever came of it. One that did not fit the memory is nobody's
     * turn to lead; its seats stay charged.
     */
    void made(Batch batch) {
        Generation leader = batch.leader();
        long cost = sizes.costs().of(batch);
        if (stay.isPaid()) {
            stay.spend(cost);
        } else {
            leads.charge(leader.share(), cost * callsOfTurn);
            stay.begin(leader, cost * (callsOfTurn - 1));
        }
    }

    private static Deque<LatentImage> pictures(Generation job, Map<Generation, Deque<LatentImage>> standing) {
        return standing.getOrDefault(job, new ArrayDeque<>());
    }

    /** Gives a job's next picture a seat, or takes the job out of the line if there is no room for it. */
    private void seat(
            Generation generation, Map<Generation, Deque<LatentImage>> standing, Batch batch, long rowCost, int most) {
        Deque<LatentImage> pictures = pictures(generation, standing);
        LatentImage picture = pictures.removeFirst();
        if (!batch.add(generation, picture)) {
            standing.remove(generation);
            return;
        }
        long price = (long) generation.rows(picture) * rowCost;
        seats.charge(generation.share(), price, Math.max(price, most * rowCost));
        if (pictures.isEmpty()) {
            standing.remove(generation);
        }
    }
}
