package dev.darkroom.worker;

import dev.darkroom.worker.intake.Tenant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How many of a lane's slots each tenant holds on this worker, and whether it may have another one. A tenant's share is the
 * number of slots divided by the number of tenants that hold or wait, rounded up. It may hold more only while nobody waits
 * who holds less than that: a slot that no one else would take is not kept free. Safe for use by several threads.
 */
final class TenantShares {
    private final int slots;
    private final Map<Tenant, Integer> held = new HashMap<>(); // guarded by this

    /** All slots are free. */
    TenantShares(int slots) {
        if (slots < 1) {
            throw new IllegalArgumentException("There must be at least 1 slot, but there are " + slots);
        }
        this.slots = slots;
    }

    /**
     * Gives a free slot to a tenant, unless others come first.
     *
     * @param waiting the tenants that would get it otherwise
     * @return whether the tenant holds it now, and has to {@link #giveBack} it
     */
    synchronized boolean take(Tenant tenant, Set<Tenant> waiting) {
        int share = share(tenant, waiting);
        boolean first = held(tenant) < share
                || waiting.stream().noneMatch(other -> !other.equals(tenant) && held(other) < share);
        if (first) {
            held.merge(tenant, 1, Integer::sum);
        }
        return first;
    }

    private int share(Tenant tenant, Set<Tenant> waiting) {
        Set<Tenant> all = new HashSet<>(held.keySet());
        all.addAll(waiting);
        all.add(tenant);
        return (slots + all.size() - 1) / all.size();
    }

    private int held(Tenant tenant) {
        return held.getOrDefault(tenant, 0);
    }

    /** A job of the tenant's has ended. */
    synchronized void giveBack(Tenant tenant) {
        int left = Optional.ofNullable(held.remove(tenant))
                        .orElseThrow(() -> new IllegalStateException("The tenant holds no slot"))
                - 1;
        if (left > 0) {
            held.put(tenant, left);
        }
    }
}
