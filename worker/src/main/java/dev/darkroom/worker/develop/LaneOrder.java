package dev.darkroom.worker.develop;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Whose job comes first: lanes by weight, in each its tenants in equal parts, a tenant's jobs oldest first. */
final class LaneOrder {
    private final Turns<String> lanes = new Turns<>();
    private final Map<String, Turns<String>> tenants = new HashMap<>();

    /** Says which jobs there are from now on. */
    void attend(Collection<Generation> generations) {
        Map<String, Integer> weights = new LinkedHashMap<>();
        Map<String, Map<String, Integer>> names = new LinkedHashMap<>();
        for (Generation generation : generations) {
            Share share = generation.share();
            weights.putIfAbsent(share.lane(), share.weight());
            names.computeIfAbsent(share.lane(), lane -> new LinkedHashMap<>()).put(share.tenant(), 1);
        }
        lanes.attend(weights);
        tenants.keySet().retainAll(weights.keySet());
        names.forEach((lane, equal) -> tenantsOf(lane).attend(equal));
    }

    /**
     * Of some jobs the first. There must be one, and all must be there.
     *
     * @param price what a job's turn would cost
     */
    Generation first(Collection<Generation> oldestFirst, ToLongFunction<Generation> price) {
        Map<String, Map<String, Generation>> oldest = new LinkedHashMap<>(); // by lane and tenant
        for (Generation job : oldestFirst) {
            oldest.computeIfAbsent(job.share().lane(), lane -> new LinkedHashMap<>())
                    .putIfAbsent(job.share().tenant(), job);
        }
        Map<String, Generation> ofLanes = new LinkedHashMap<>();
        Map<String, Long> prices = new LinkedHashMap<>();
        oldest.forEach((lane, jobs) -> {
            Map<String, Long> ofTenants = new LinkedHashMap<>();
            jobs.forEach((tenant, job) -> ofTenants.put(tenant, price.applyAsLong(job)));
            String tenant = tenantsOf(lane).next(ofTenants);
            ofLanes.put(lane, jobs.get(tenant));
            prices.put(lane, ofTenants.get(tenant));
        });
        return Optional.ofNullable(ofLanes.get(lanes.next(prices))).orElseThrow();
    }

    /** As {@link Turns#charge(Object, long)}, to a job's lane and tenant. */
    void charge(Share share, long price) {
        lanes.charge(share.lane(), price);
        tenantsOf(share.lane()).charge(share.tenant(), price);
    }

    /** As {@link Turns#charge(Object, long, long)}. */
    void charge(Share share, long price, long most) {
        lanes.charge(share.lane(), price, most);
        tenantsOf(share.lane()).charge(share.tenant(), price, most);
    }

    /** As {@link Turns#refund}. */
    void refund(Share share, long price) {
        lanes.refund(share.lane(), price);
        tenantsOf(share.lane()).refund(share.tenant(), price);
    }

    private Turns<String> tenantsOf(String lane) {
        return tenants.computeIfAbsent(lane, name -> new Turns<>());
    }
}
